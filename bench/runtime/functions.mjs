/** Ten small functions of a job: two that change an element, one that looks at it, and so on. */
export const steps = [
  { map: (e) => ({ id: e.id, n: e.n + 1 }) },
  { map: (e) => ({ id: e.id, n: e.n * 3 }) },
  { filter: (e) => e.n >= 0 },
  { map: (e) => ({ id: e.id, n: e.n - 2 }) },
  { map: (e) => ({ id: e.id + 1, n: e.n }) },
  { filter: (e) => e.id !== -1 },
  { map: (e) => ({ id: e.id, n: e.n ^ 5 }) },
  { map: (e) => ({ id: e.id, n: e.n + e.id }) },
  { filter: (e) => e.n !== 0.5 },
  { map: (e) => ({ id: e.id, n: e.n | 1 }) },
];
