/** What is made larger: its module, the sizes, and those of `--quick`. */
export const DIMENSIONS = {
  backlog: { sizes: [1_000, 10_000, 100_000, 1_000_000], quick: [1_000, 10_000, 100_000] },
  keys: { sizes: [1_000, 10_000, 100_000, 1_000_000, 5_000_000], quick: [1_000, 10_000, 100_000] },
  'keys-in-memory': { sizes: [1_000, 10_000, 100_000, 1_000_000], quick: [1_000, 10_000, 100_000] },
  partitions: { sizes: [1, 2, 4, 8, 16, 32, 64], quick: [1, 8, 64] },
  chain: { sizes: [1, 2, 5, 10, 20], quick: [1, 5, 20] },
  windows: { sizes: [10, 100, 1_000, 10_000, 100_000], quick: [10, 1_000, 100_000] },
  sessions: { sizes: [10, 100, 1_000, 10_000, 100_000], quick: [10, 1_000, 100_000] },
};
