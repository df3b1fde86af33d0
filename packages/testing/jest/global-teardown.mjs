export default async function teardown() {
  await globalThis.millraceSession?.end();
  exitWithoutCleanup();
}

/**
 * Node closes all handles when it has nothing left to do, and after a long run with many clients it was seen to turn
 * there for good (`Environment::CleanupHandles`, Node 20; https://github.com/nodejs/node/issues/47748 is alike). By
 * then all JavaScript has ended: a handle that a test left open still keeps jest alive and is still reported.
 */
function exitWithoutCleanup() {
  // Within 'beforeExit' all of jest's own 'exit' listeners, which set the exit code, stand before this one.
  process.once('beforeExit', () => process.once('exit', () => process.exit()));
}
