/** The documents of the pages, which the build makes of `browser/`: one HTML text each, with its styles and its script inside. */

/** Put in by the build. */
declare const PAGE_DOCUMENTS: { readonly approve: string; readonly enroll: string };

export const documents = PAGE_DOCUMENTS;
