/** The namespace of a case of the lab, beside the tour's: `spelunking-lab-01`. */
export function labNamespace(namespace: string, number: string): string {
  return `${namespace}-lab-${number}`;
}

/** One more namespace of a case that needs several: `spelunking-lab-01-build`. */
export function moreOfLab(namespace: string, name: string): string {
  return `${namespace}-${name}`;
}

/** Of all names of namespaces or control groups, those that the lab of this tour would use. */
export function namesOfLab(namespace: string, names: readonly string[]): string[] {
  const prefix = `${namespace}-lab-`;
  return names.filter(
    (name) =>
      name.startsWith(prefix) && /^\d\d(-\d+-\d+|-[a-z]+)?$/.test(name.slice(prefix.length)),
  );
}
