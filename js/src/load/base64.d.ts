/** The wasm module as js/build.mjs writes it into the built package. */
export declare const base64: string;
