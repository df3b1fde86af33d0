/** Where a record is, as failed events name it. */
export function nameOf({
  partition,
  offset,
}: {
  readonly partition: number;
  readonly offset: number | string;
}): string {
  return `${String(partition)}/${String(offset)}`;
}
