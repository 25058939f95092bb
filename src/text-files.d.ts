// Files that are imported as their text: by the bundle (.config/build.mjs) and in the tests.

declare module '*.sh' {
  const text: string;
  export default text;
}
declare module '*.zsh' {
  const text: string;
  export default text;
}
declare module '*.css' {
  const text: string;
  export default text;
}
declare module '*.fish' {
  const text: string;
  export default text;
}
