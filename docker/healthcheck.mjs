// Exit code 0 when the process is alive: the event loop turns and the consumer makes progress. A service that cannot be
// reached does not fail it, since a restart of the container would not bring the service back.
const port = process.env.MILLRACE_HTTP_PORT ?? '8080';
const path = process.argv[2] ?? '/health/live';
try {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(4_000) });
  if (!response.ok) {
    console.error(`${path}: ${response.status} ${await response.text()}`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(`${path} on port ${port}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
