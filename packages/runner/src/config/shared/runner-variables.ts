import { integer, number, port, text } from '../define.js';
import { hostName } from '../syntax.js';

/** What the `millrace` command itself reads; added to the variables of every job. */
export const runnerVariables = {
  env: text({
    doc: 'Name of the installation; fills `{{env}}` in the defaults of topics and groups.',
    default: 'dev',
    aliases: ['job.env'],
    syntax: { pattern: /^[a-zA-Z0-9._-]*$/, means: 'letters, digits, dots, dashes, underscores' },
  }),
  'task.parallelism': integer({
    doc: 'Processes that share the work (the flag `--parallelism` for short). More than the input topic has partitions stay idle.',
    default: 1,
    min: 1,
    max: 256,
  }),
  'startup.timeout': number({
    doc: 'How long a service may be unreachable at the start before the command gives up with exit code 69.',
    default: 60,
    min: 0,
    max: 86_400,
    unit: 's',
  }),
  'stop.timeout': number({
    doc: 'How long a stop may take, closing included (a quarter of it, at most 3 s, is kept for that); where work is left undone then, the exit code is 3. Below 3 it may take 3. Kubernetes kills after 30.',
    default: 25,
    min: 0,
    max: 86_400,
    unit: 's',
  }),
  'http.port': port({
    doc: 'Port of `/metrics`, `/health/live` and `/health/ready`; no HTTP server where it is not set, any free port for 0.',
    min: 0,
  }),
  'http.token': text({
    doc: 'Secret that a request must carry (`Authorization: Bearer`) to have the process do something: take a savepoint, stop with one. Without it such requests are refused.',
    secret: true,
  }),
  'http.host': text({
    doc: 'Address that the HTTP server listens on; `0.0.0.0` in a container.',
    default: '127.0.0.1',
    syntax: hostName,
  }),
};
