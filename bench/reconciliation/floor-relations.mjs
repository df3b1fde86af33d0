/** A course's structure out of Redis in three pipelines, kept for as long as the job keeps it. */
export function createRelations(redis, keepMs) {
  const kept = new Map();
  return {
    of(courseId) {
      const known = kept.get(courseId);
      if (known !== undefined && known.until > performance.now()) return known.structure;
      const structure = read(redis, courseId);
      kept.set(courseId, { structure, until: performance.now() + keepMs });
      return structure;
    },
  };
}

async function read(redis, courseId) {
  const [course] = await setsOf(redis, courseId, [courseId]);
  const contents = course.leafNodes;
  const pipeline = redis.pipeline();
  for (const id of contents) pipeline.smembers(`${courseId}:${id}:ancestors`);
  const answers = await pipeline.exec();
  const above = new Map(contents.map((id, index) => [id, answers[index][1].filter((each) => each !== courseId)]));
  const units = [...new Set([...above.values()].flat())];
  const sets = await setsOf(redis, courseId, units);
  return {
    required: requiredOf(course),
    above,
    units: new Map(units.map((id, index) => [id, requiredOf(sets[index])])),
  };
}

/** Both sets of each id, the two of one id at one moment. */
async function setsOf(redis, courseId, ids) {
  const pipeline = redis.pipeline();
  for (const id of ids) {
    pipeline.multi().smembers(`${courseId}:${id}:leafnodes`).smembers(`${courseId}:${id}:optionalnodes`).exec();
  }
  const answers = await pipeline.exec();
  return ids.map((_, index) => {
    const [leafNodes, optionalNodes] = answers[index * 4 + 3][1];
    return { leafNodes, optionalNodes };
  });
}

const requiredOf = ({ leafNodes, optionalNodes }) => leafNodes.filter((id) => !optionalNodes.includes(id));
