/** Keys of the relation cache, as relation-cache-updater writes them. `id` is the course's, a unit's or a content's. */
export function leafNodesKey(courseId: string, id: string): string {
  return `${courseId}:${id}:leafnodes`;
}

export function optionalNodesKey(courseId: string, id: string): string {
  return `${courseId}:${id}:optionalnodes`;
}

export function ancestorsKey(courseId: string, contentId: string): string {
  return `${courseId}:${contentId}:ancestors`;
}
