// Defects that the checker must find: texts of the built program that are replaced while the program is loaded. Nothing
// in the program itself knows of them. Each text must be there exactly once, or the process does not start. The first
// are those of the row "planted defects"; behind them, each takes away what a row's promise rests on. A defect of
// several places is a list.
/** What was handed over counts as settled. */
const commitsAhead = {
  file: 'core/dist/runtime/offset-tracker.js',
  find: 'return this.#head < this.#tail ? this.#queue[this.#head].position : this.#next;',
  replace: 'return this.#next;',
};

const defects = {
  // No defect: writing takes a while, as it does over a network, so that a kill meets records between two steps.
  'slow sink': {
    file: 'embedded/dist/sink/embedded-sink.js',
    find: 'this.#store.log.add([placed], acknowledgement);',
    replace: 'setTimeout(() => this.#store.log.add([placed], acknowledgement), 150);',
  },
  'commits before the sinks have flushed': commitsAhead,
  'acknowledges what is only buffered': {
    file: 'embedded/dist/sink/embedded-sink.js',
    find: 'this.#store.log.add([placed], acknowledgement);',
    replace:
      'queueMicrotask(() => acknowledgement.done()); setTimeout(() => this.#store.log.add([placed], { done() {}, failed() {} }), 150);',
  },
  'does not know its own write again': {
    file: 'reconciliation/dist/domain/filter.js',
    find: 'requests.filter((request) => request.time === completedon);',
    replace: 'requests.filter(() => false);',
  },
  'skips a record where it begins': {
    file: 'core/dist/runtime/source-session.js',
    find: 'startPosition: restored ?? split.position };',
    replace: 'startPosition: (restored ?? split.position) > 0 ? (restored ?? split.position) + 1 : 0 };',
  },
  'writes no failed event': {
    file: 'reconciliation/dist/stages/deserialize.js',
    find: 'context.output(FAILED, failedRecord(record, failure, this.#records));',
    replace: '',
  },
  'new ids at every repetition': {
    file: 'reconciliation/dist/domain/output-events.js',
    find: 'mid: `LP.${completedon}.${uuid(kind, key, completedon)}`',
    replace: 'mid: `LP.${completedon}.${uuid(kind + Math.random(), key, completedon)}`',
  },
  'the last request of a key is taken for the first': {
    file: 'reconciliation/dist/domain/requests.js',
    find: 'requests: waiting };',
    replace: 'requests: [...waiting].reverse() };',
  },
  'completed enrolments are computed again': {
    file: 'reconciliation/dist/domain/filter.js',
    find: 'if (row.status !== COMPLETED)',
    replace: 'if (true)',
  },
  'completion at the time of the clock': {
    file: 'reconciliation/dist/stages/persist.js',
    find: 'completion: { completedon: completion.write, writtenAt }',
    replace: 'completion: { completedon: Date.now(), writtenAt }',
  },
  'gives partitions up with work in hand and commits it': {
    file: 'core/dist/runtime/source-session.js',
    find: 'const position = input.tracker.settledPosition;',
    replace: 'const position = input.tracker.nextPosition;',
  },
  'takes a write that failed for done': {
    file: 'kafka/dist/sink/producer-hub.js',
    find: 'for (const part of parts)\n            this.#retry(part, error);',
    replace: 'for (const part of parts)\n            this.#succeeded(part);',
  },
  'gives up at the first write that is late': [
    {
      file: 'kafka/dist/connection/client.js',
      find: 'requestTimeout: options.requestTimeoutMs ?? 30_000',
      replace: 'requestTimeout: 2_000',
    },
    {
      file: 'kafka/dist/sink/producer-hub.js',
      find: 'for (const part of parts)\n            this.#retry(part, error);',
      replace: "for (const part of parts)\n            this.#giveUp(part, 'it is late', error);",
    },
  ],
  'commits what was handed over, settled or not': {
    file: 'kafka/dist/source/leases.js',
    find: 'const offset = held.reach(held.settled);',
    replace: 'const offset = held.reach(held.handed);',
  },
  'gives partitions up without waiting, and commits all that was read': [
    {
      file: 'core/dist/runtime/source-session.js',
      find: 'await Promise.all(tasks.map((task) => task.drained(timeoutMs)));',
      replace: '',
    },
    {
      file: 'core/dist/runtime/source-session.js',
      find: 'const position = input.tracker.settledPosition;',
      replace: 'const position = input.tracker.nextPosition;',
    },
  ],
  'looks for new partitions every five minutes': {
    file: 'kafka/dist/source/options.js',
    find: 'metadataMaxAgeMs: options.metadataMaxAgeMs ?? 30_000',
    replace: 'metadataMaxAgeMs: 300_000',
  },
  'goes to the end of the log where its offset is gone': {
    file: 'kafka/dist/source/start-position.js',
    find: 'position: resetPosition(range, policy),\n        outOfRange:',
    replace: "position: resetPosition(range, known < 0 ? policy : 'latest'),\n        outOfRange:",
  },
  'passes over a record without a value': {
    file: 'reconciliation/dist/domain/event-text.js',
    find: "return { ok: false, reason: 'the record has no value' };",
    replace: "return { ok: true, text: '', event: {} };",
  },
  'is not begun again after a failure': {
    file: 'core/dist/runtime/job-runner.js',
    find: 'const delay = isHopeless ? undefined : strategy.next(this.#clock.monotonic());',
    replace: 'const delay = undefined;',
  },
  'takes an outage of Cassandra for the fault of the request': {
    file: 'reconciliation/dist/stores/classify-service-error.js',
    find: 'return classifyCassandraError(error);',
    replace: "return 'event';",
  },
  'takes sets that cannot be read for empty': {
    file: 'reconciliation/dist/stores/redis/relation-store.js',
    find: 'const pairs = await this.#sets.membersTogether(ids.map((id) => [leafNodesKey(courseId, id), optionalNodesKey(courseId, id)]));',
    replace:
      'const pairs = await this.#sets.membersTogether(ids.map((id) => [leafNodesKey(courseId, id), optionalNodesKey(courseId, id)])).catch(() => ids.map(() => []));',
  },
  'believes at once that leaf nodes are missing': {
    file: 'reconciliation/dist/stages/leaf-nodes.js',
    find: 'of missingWaitDelays(this.#options.missingWaitMs))',
    replace: 'of [])',
  },
  'goes on believing that leaf nodes are missing': [
    {
      file: 'reconciliation/dist/stages/leaf-nodes.js',
      find: 'const sets = await this.#read(courseId);\n        if (sets !== undefined) {',
      replace:
        'const sets = this.#standing(courseId) === undefined ? await this.#read(courseId) : undefined;\n        if (sets !== undefined) {',
    },
    {
      file: 'reconciliation/dist/stages/leaf-nodes.js',
      find: '+ this.#options.missingExpiryMs });',
      replace: '+ 3_600_000 });',
    },
  ],
  'takes a search service that cannot be asked for one that does not know the course': {
    file: 'reconciliation/dist/stages/aggregate.js',
    find: "return new LeafNodesMissingError('ERR_LEAF_NODES_MISSING', courseId, status, attempts);",
    replace: "return new LeafNodesMissingError('ERR_COLLECTION_UNKNOWN', courseId, status, attempts);",
  },
  'sends no heartbeat while it can take nothing': {
    file: 'kafka/dist/source/heartbeat.js',
    find: 'void this.#options.beat().finally(',
    replace: 'void Promise.resolve().finally(',
  },
  'takes what the disk refused for written': {
    file: 'embedded/dist/storage/group-commit.js',
    find: 'for (const operation of applied)\n                operation.failed(failure);\n            applied.length = 0;',
    replace: 'void failure;',
  },
  'begins anew over a file that it cannot open': {
    file: 'embedded/dist/storage/environment.js',
    find: 'throw openErrorOf(name, path, error);',
    replace:
      "process.getBuiltinModule('node:fs').rmSync(path, { force: true }); return Environment.open(name, directory, options);",
  },
  'goes elsewhere where it cannot write': {
    file: 'embedded/dist/store.js',
    find: 'for (const path of [owner, data])\n            prepare(root, path);',
    replace:
      "try { for (const path of [owner, data]) prepare(root, path); } catch { return EmbeddedStore.open(process.getBuiltinModule('node:fs').mkdtempSync('/tmp/millrace-elsewhere-'), options); }",
  },
  'writes at the time of the clock, whatever is stored': {
    file: 'reconciliation/dist/domain/write-clock.js',
    find: 'if (candidate <= after)\n                return after + 1n;',
    replace: '',
  },
  'stops without finishing what it has in hand, and commits it': [
    {
      file: 'core/dist/runtime/job-runner.js',
      find: 'const drained = await Promise.all(tasks.map((task) => task.drained(timeoutMs)));',
      replace: 'const drained = [true];',
    },
    commitsAhead,
  ],
  'does not hear a second signal': {
    file: 'runner/dist/commands/stopping.js',
    find: 'second.abort(new Error(`stopped by a second ${signal}`));',
    replace: ';',
  },
  'has all the time in the world to stop': [
    {
      file: 'runner/dist/commands/run-process.js',
      find: "get('stop.timeout') * 1_000;",
      replace: "get('stop.timeout') * 1_000_000;",
    },
    {
      file: 'runner/dist/job-options.js',
      find: "stopTimeoutMs: config.get('stop.timeout') * 1_000,",
      replace: "stopTimeoutMs: config.get('stop.timeout') * 1_000_000,",
    },
    {
      file: 'kafka/dist/source/options.js',
      find: 'options.closeTimeoutMs ?? 5_000',
      replace: '600_000',
    },
  ],
};

export const defectNames = Object.keys(defects);

export function patchesOf(name) {
  if (!Object.hasOwn(defects, name)) throw new Error(`no such defect: ${name}`);
  return [defects[name]].flat();
}
