import { member, type Place, report, show } from './findings.ts';
import type { Rule } from './rules.ts';

/** Looks at a JSON value and reports what is wrong with it. */
export type Check = (value: unknown, place: Place) => void;

/** A property of an object: how to look at it, and what to report if it is not there. */
export interface Field {
  readonly check: Check;
  /** The rule broken when it is absent; `undefined` if it may be. */
  readonly required?: Rule;
}

export function required(rule: Rule, check: Check): Field {
  return { check, required: rule };
}

export function optional(check: Check): Field {
  return { check };
}

/** An object with these properties; others are not looked at. */
export function object(
  rule: Rule,
  fields: Readonly<Record<string, Field>>,
  options: { nullIsAbsent?: boolean } = {},
): Check {
  return (value, place) => {
    if (!isObject(value)) return report(place, rule, 'an object', show(value));
    for (const [name, field] of Object.entries(fields)) {
      const found = Object.hasOwn(value, name) ? value[name] : undefined;
      const isAbsent = found === undefined || (found === null && options.nullIsAbsent === true);
      if (!isAbsent) field.check(found, member(place, name));
      else if (field.required !== undefined) {
        report(member(place, name), field.required, 'to be there', show(found));
      }
    }
  };
}

/** An object of any names whose values are alike. */
export function mapOf(rule: Rule, check: Check): Check {
  return (value, place) => {
    if (!isObject(value)) return report(place, rule, 'an object', show(value));
    for (const [name, item] of Object.entries(value)) check(item, member(place, name));
  };
}

export function arrayOf(rule: Rule, check: Check): Check {
  return (value, place) => {
    if (!Array.isArray(value)) return report(place, rule, 'an array', show(value));
    for (const [index, item] of value.entries()) check(item, member(place, index));
  };
}

/** A string; with a pattern, one that matches it, and what that means in words. */
export function string(rule: Rule, pattern = /(?:)/, meaning = 'a string'): Check {
  return (value, place) => {
    if (typeof value !== 'string' || !pattern.test(value))
      report(place, rule, meaning, show(value));
  };
}

export function boolean(rule: Rule): Check {
  return (value, place) => {
    if (typeof value !== 'boolean') report(place, rule, 'true or false', show(value));
  };
}

/** Exactly this value. */
export function literal(rule: Rule, expected: string | number): Check {
  return (value, place) => {
    if (value !== expected) report(place, rule, show(expected), show(value));
  };
}

/** An object without these properties. */
export function absent(rule: Rule, names: readonly string[]): Check {
  return (value, place) => {
    for (const name of names) {
      if (isObject(value) && Object.hasOwn(value, name)) {
        report(member(place, name), rule, 'to be absent', show(value[name]));
      }
    }
  };
}

/** One look after the other. */
export function all(...checks: readonly Check[]): Check {
  return (value, place) => {
    for (const check of checks) check(value, place);
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
