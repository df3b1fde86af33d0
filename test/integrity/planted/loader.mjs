import { patchesOf } from './defects.mjs';

let planted = [];

export function initialize({ names }) {
  planted = names.flatMap((name) => patchesOf(name).map((patch) => ({ name, ...patch })));
}

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  const wanted = planted.filter(({ file }) => url.endsWith(`/${file}`));
  if (wanted.length === 0) return loaded;
  let source = Buffer.from(loaded.source).toString('utf8');
  for (const { name, find, replace } of wanted) {
    const parts = source.split(find);
    if (parts.length !== 2) throw new Error(`"${name}" fits ${parts.length - 1} places of ${url}, not one`);
    source = parts.join(replace);
  }
  return { ...loaded, source };
}
