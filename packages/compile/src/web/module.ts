/** What WebAssembly files begin with: their name and version. */
export const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0] as const;

/** Numbers of the sections that follow, in their order. */
export const [TYPES, FUNCTIONS, MEMORY, EXPORTS, CODE] = [1, 3, 5, 7, 10] as const;

/** What the types of functions begin with. */
export const FUNCTION = 0x60;
