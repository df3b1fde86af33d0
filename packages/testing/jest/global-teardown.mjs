export default async function teardown() {
  await globalThis.millraceSession?.end();
}
