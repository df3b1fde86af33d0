import type { GraphNode, StreamGraph } from './stream-graph.js';

/** One line for each node in building order, with what it reads from. */
export function describeText(graph: StreamGraph): string {
  const lines = [`Job: ${graph.jobName}`];
  const number = new Map(graph.nodes.map((node, index) => [node.uid, index + 1]));
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(
      (edge) => `${String(number.get(edge.from) ?? 0)}${edge.tag === undefined ? '' : ` [${edge.tag.id}]`}`,
    );
    const from = inputs.length === 0 ? '' : `  <- ${inputs.join(', ')}`;
    const detail = node.detail === undefined ? '' : `  (${node.detail})`;
    lines.push(`${String(number.get(node.uid)).padStart(3)}  ${title(node)}${detail}${from}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The graph as JSON text: `{job, nodes: [{uid, name, kind, stateful, detail, inputs: [{from, tag, input}]}]}`. */
export function describeJson(graph: StreamGraph): string {
  const nodes = graph.nodes.map((node) => ({
    uid: node.uid,
    name: node.name,
    kind: node.kind,
    stateful: node.isStateful,
    ...(node.detail === undefined ? {} : { detail: node.detail }),
    inputs: node.inputs.map((edge) => ({
      from: edge.from,
      ...(edge.tag === undefined ? {} : { tag: edge.tag.id }),
      ...(edge.input === undefined ? {} : { input: edge.input + 1 }),
    })),
  }));
  return `${JSON.stringify({ job: graph.jobName, nodes }, null, 2)}\n`;
}

/** The graph as a Mermaid flow chart, left to right. */
export function describeMermaid(graph: StreamGraph): string {
  const id = new Map(graph.nodes.map((node, index) => [node.uid, `n${String(index + 1)}`]));
  const lines = ['flowchart LR'];
  for (const node of graph.nodes) {
    const detail = node.detail === undefined ? '' : `<br/><small>${escape(node.detail)}</small>`;
    const text = `"${escape(node.name)}${detail}"`;
    const shape = node.kind === 'source' || node.kind === 'sink' ? `[(${text})]` : `[${text}]`;
    lines.push(`  ${id.get(node.uid) ?? ''}${shape}`);
  }
  for (const node of graph.nodes) {
    for (const edge of node.inputs) {
      const arrow = edge.tag === undefined ? '-->' : `-- ${quote(edge.tag.id)} -->`;
      lines.push(`  ${id.get(edge.from) ?? ''} ${arrow} ${id.get(node.uid) ?? ''}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function title(node: GraphNode): string {
  const name = node.name.replace(/\s+/g, ' ');
  if (node.kind === 'source') return `Source: ${name}`;
  if (node.kind === 'sink') return `Sink: ${name}`;
  return `${name} [${node.kind}]`;
}

/** Names are data: in quotes Mermaid takes any text but quotes, HTML, and line ends. */
function quote(text: string): string {
  return `"${escape(text)}"`;
}

function escape(text: string): string {
  return text
    .replaceAll('#', '#35;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;')
    .replace(/\s+/g, ' ');
}
