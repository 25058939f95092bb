import { withoutUnprintable } from '../text/printable.ts';
import type { Report } from './model.ts';

/** The names that a report leaves out. */
interface Person {
  readonly home: string;
  readonly user: string;
}

/**
 * Redacts a report so that it can be shared: paths below the home directory begin with ~, listings
 * don't name a file's owner, and control characters are removed.
 */
export function redact(report: Report, person: Person): Report {
  return everyString(report, (text) =>
    withoutOwner(withoutHome(clean(text), person.home), person.user),
  ) as Report;
}

function everyString(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((each) => everyString(each, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, everyString(each, change)]),
  );
}

function clean(text: string): string {
  return text.split('\n').map(withoutUnprintable).join('\n');
}

function withoutHome(text: string, home: string): string {
  if (!/^\/./.test(home)) return text;
  const literally = home.replace(/[^\w/]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\w./-])${literally}(?![\\w-]|\\.\\w)`, 'g'), '~');
}

/** Replaces the owner and group in the output of `ls -l`: `-rw-r--r-- 1 ada ada 12 …`. */
function withoutOwner(text: string, user: string): string {
  if (user === '' || user === 'root') return text;
  return text.replace(
    /^([a-z-][r-][w-][a-zA-Z-]{7}[.+@]?\s+\d+\s+)(\S+)(\s+)(\S+)/gm,
    (line, mode: string, owner: string, space: string, group: string) => {
      if (owner !== user) return line;
      return `${mode}you${space}${group === user ? 'you' : group}`;
    },
  );
}
