/**
 * Types of the optional packages that data frames convert to. Whoever does not have such a package installed can compile all
 * the same: the type is `any` there, which is what the comment that ends in @ts-ignore does in the declarations.
 */
/* eslint-disable @typescript-eslint/ban-ts-comment, @typescript-eslint/consistent-type-imports -- see above */

/** The Table of the package apache-arrow.
 * @ts-ignore the package is optional */
export type ArrowTable = import('apache-arrow').Table;

/** The DataFrame of the package nodejs-polars.
 * @ts-ignore the package is optional */
export type PolarsDataFrame = import('nodejs-polars').DataFrame;
