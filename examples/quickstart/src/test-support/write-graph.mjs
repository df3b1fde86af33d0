// node --import this JOB.js: a job that is a script also writes its graph, when it builds it, to graph.txt.
import { writeFileSync } from 'node:fs';
import { StreamExecutionEnvironment } from '@millrace/core';

const { getStreamGraph } = StreamExecutionEnvironment.prototype;
StreamExecutionEnvironment.prototype.getStreamGraph = function () {
  const graph = getStreamGraph.call(this);
  writeFileSync('graph.txt', graph.describe());
  return graph;
};
