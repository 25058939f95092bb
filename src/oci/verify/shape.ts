import type { Rule } from './rules.ts';
import { type Location, member, report, show } from './violations.ts';

/** Looks at a JSON value and reports what is wrong with it. */
export type Validator = (value: unknown, location: Location) => void;

/** A property of an object: how to validate it, and what to report if it is not there. */
interface Field {
  readonly validate: Validator;
  /** The rule broken when it is absent; `undefined` if it may be. */
  readonly required?: Rule;
}

export function required(rule: Rule, validate: Validator): Field {
  return { validate, required: rule };
}

export function optional(validate: Validator): Field {
  return { validate };
}

/** An object with these properties; others are not looked at. */
export function object(
  rule: Rule,
  fields: Readonly<Record<string, Field>>,
  options: { nullIsAbsent?: boolean } = {},
): Validator {
  return (value, location) => {
    if (!isObject(value)) return report(location, rule, 'an object', show(value));
    for (const [name, field] of Object.entries(fields)) {
      const found = Object.hasOwn(value, name) ? value[name] : undefined;
      const isAbsent = found === undefined || (found === null && options.nullIsAbsent === true);
      if (!isAbsent) field.validate(found, member(location, name));
      else if (field.required !== undefined) {
        report(member(location, name), field.required, 'to be there', show(found));
      }
    }
  };
}

/** An object of any names whose values are alike. */
export function mapOf(rule: Rule, check: Validator): Validator {
  return (value, location) => {
    if (!isObject(value)) return report(location, rule, 'an object', show(value));
    for (const [name, item] of Object.entries(value)) check(item, member(location, name));
  };
}

export function arrayOf(rule: Rule, check: Validator): Validator {
  return (value, location) => {
    if (!Array.isArray(value)) return report(location, rule, 'an array', show(value));
    for (const [index, item] of value.entries()) check(item, member(location, index));
  };
}

/** A string; with a pattern, one that matches it, and what that means in words. */
export function string(rule: Rule, pattern = /(?:)/, meaning = 'a string'): Validator {
  return (value, location) => {
    if (typeof value !== 'string' || !pattern.test(value))
      report(location, rule, meaning, show(value));
  };
}

export function boolean(rule: Rule): Validator {
  return (value, location) => {
    if (typeof value !== 'boolean') report(location, rule, 'true or false', show(value));
  };
}

/** Exactly this value. */
export function literal(rule: Rule, expected: string | number): Validator {
  return (value, location) => {
    if (value !== expected) report(location, rule, show(expected), show(value));
  };
}

/** An object without these properties. */
export function absent(rule: Rule, names: readonly string[]): Validator {
  return (value, location) => {
    for (const name of names) {
      if (isObject(value) && Object.hasOwn(value, name)) {
        report(member(location, name), rule, 'to be absent', show(value[name]));
      }
    }
  };
}

/** One validator after the other. */
export function all(...checks: readonly Validator[]): Validator {
  return (value, location) => {
    for (const check of checks) check(value, location);
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
