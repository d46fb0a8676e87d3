/** NUMERIC columns as Redshift types them, for the front: their type modifiers, their values, their binary form. */
export { NumericCatalog, type CatalogQuestion, type CatalogRow } from './catalog.js';
export { modifierOf, typeOfModifier, type NumericType } from './numeric-type.js';
export { numericBinary, rescaleNumeric } from './rescale.js';
export { numericColumns, type Catalog } from './typing.js';
export { parseTree, type TreeValue } from './tree.js';
export { cutQuotients, hasDivision, type Rewritten } from './quotients.js';
