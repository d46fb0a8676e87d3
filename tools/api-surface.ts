/**
 * Writes the public surface of the package (what its entries export, and what their signatures reach) as text into
 * api/, so that a change of it shows in review. `--check` writes nothing and fails when the file is out of date.
 * It reads declarations only, as a consumer's compiler does; documentation is left out, members are sorted.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** What users import, its module, and where its surface is written. */
export interface Entry {
  readonly name: string;
  readonly module: string;
  readonly file: string;
}

export const entries: readonly Entry[] = [
  { name: 'redshift-connector', module: 'src/index', file: 'api/redshift-connector.api.md' },
  {
    name: 'redshift-connector/local',
    module: 'src/local/index',
    file: 'api/redshift-connector-local.api.md',
  },
];

/** The text of an entry of the package below `root`. */
export function surface(root: string, { name, module }: Entry): string {
  const declarations = emitDeclarations(root, module);
  const program = readDeclarations(root, module, declarations);
  const checker = program.getTypeChecker();
  const index = program.getSourceFile(join(root, `${module}.d.ts`));
  const entry = index && checker.getSymbolAtLocation(index);
  if (entry === undefined) throw new Error(`${module}.ts exports nothing`);
  const shown = new Map<ts.Symbol, string>();
  for (const exported of checker.getExportsOfModule(entry)) {
    const target = origin(checker, exported);
    const alias = target.name === exported.name ? [] : [`export { ${target.name} as ${exported.name} };`];
    shown.set(target, [...(declared(target) === '' ? [] : [declared(target)]), ...alias].join('\n'));
  }
  const reached = new Map<ts.Symbol, string>();
  const ours = (symbol: ts.Symbol): boolean =>
    (symbol.declarations ?? []).some((node) => declarations.has(node.getSourceFile().fileName));
  const walk = (symbol: ts.Symbol): void => {
    for (const used of usedBy(checker, symbol)) {
      if (shown.has(used) || reached.has(used) || !ours(used)) continue;
      reached.set(used, declared(used));
      walk(used);
    }
  };
  for (const symbol of shown.keys()) walk(symbol);
  return page(name, texts(shown), texts(reached));
}

const texts = (symbols: ReadonlyMap<ts.Symbol, string>): string[] =>
  [...symbols]
    .sort(([a], [b]) => (a.name < b.name ? -1 : 1))
    .map(([, text]) => text)
    .filter((text) => text !== '');

function page(name: string, exported: readonly string[], reached: readonly string[]): string {
  const block = (title: string, parts: readonly string[]): string =>
    parts.length === 0 ? '' : `\n## ${title}\n\n\`\`\`ts\n${parts.join('\n\n')}\n\`\`\`\n`;
  return (
    `# The public surface of ${name}\n\n` +
    'Written by `npm run api`; `npm run check` fails when it is out of date. A change here is a decision.\n' +
    block('Exported', exported) +
    block('Not exported, but part of a signature that is', reached)
  );
}

function emitDeclarations(root: string, module: string): Map<string, string> {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    { noEmit: false },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
      },
    },
  );
  if (config === undefined) throw new Error('tsconfig.json cannot be read');
  const options = { ...config.options, declaration: true, emitDeclarationOnly: true, stripInternal: true };
  const found = new Map<string, string>();
  ts.createProgram([join(root, `${module}.ts`)], options).emit(undefined, (name, text) => {
    if (name.endsWith('.d.ts')) found.set(name, text);
  });
  return found;
}

function readDeclarations(
  root: string,
  module: string,
  declarations: ReadonlyMap<string, string>,
): ts.Program {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: [],
    skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const fromDisk = { read: host.readFile.bind(host), exists: host.fileExists.bind(host) };
  host.readFile = (name) => declarations.get(name) ?? fromDisk.read(name);
  // Only the declarations: with the sources in sight, the compiler would prefer them.
  host.fileExists = (name) =>
    declarations.has(name) || (!name.startsWith(join(root, 'src')) && fromDisk.exists(name));
  host.getSourceFile = (name, language) => {
    const text = host.readFile(name);
    return text === undefined ? undefined : ts.createSourceFile(name, text, language);
  };
  return ts.createProgram([join(root, `${module}.d.ts`)], options, host);
}

/** What a re-export stands for. */
const origin = (checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol =>
  (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

/** A symbol's declarations as text: overloads in their order, members by name, nothing private. */
function declared(symbol: ts.Symbol): string {
  const nodes = [...new Set((symbol.declarations ?? []).map(statementOf))];
  return nodes
    .map((node) => printer.printNode(ts.EmitHint.Unspecified, sorted(node), node.getSourceFile()))
    .map((text) => text.replace(/^(export )?(default )?(declare )?/, ''))
    .join('\n');
}

/** A variable is declared inside a list inside a statement; all else is a statement itself. */
function statementOf(node: ts.Declaration): ts.Node {
  return ts.isVariableDeclaration(node) ? node.parent.parent : node;
}

function sorted(node: ts.Node): ts.Node {
  const order = <T extends ts.ClassElement | ts.TypeElement>(members: ts.NodeArray<T>): T[] => {
    const visible = members.filter((member) => !isPrivate(member));
    // Array.sort is stable, so overloads of one name keep their order, which counts.
    return visible.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0));
  };
  const { factory } = ts;
  if (ts.isClassDeclaration(node)) {
    return factory.updateClassDeclaration(
      node,
      node.modifiers,
      node.name,
      node.typeParameters,
      node.heritageClauses,
      order(node.members),
    );
  }
  if (ts.isInterfaceDeclaration(node)) {
    return factory.updateInterfaceDeclaration(
      node,
      node.modifiers,
      node.name,
      node.typeParameters,
      node.heritageClauses,
      order(node.members),
    );
  }
  return node;
}

function isPrivate(member: ts.ClassElement | ts.TypeElement): boolean {
  if (member.name !== undefined && ts.isPrivateIdentifier(member.name)) return true;
  return ts.canHaveModifiers(member)
    ? (ts.getModifiers(member) ?? []).some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)
    : false;
}

/** Constructors and call signatures have no name and come first. */
const nameOf = (member: ts.ClassElement | ts.TypeElement): string => member.name?.getText() ?? '';

function usedBy(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol[] {
  const found = new Set<ts.Symbol>();
  const visit = (node: ts.Node): void => {
    if (ts.isClassElement(node) && isPrivate(node)) return;
    if (ts.isIdentifier(node)) {
      const used = checker.getSymbolAtLocation(node);
      const target = used && origin(checker, used);
      if (target !== undefined && isTopLevel(target)) found.add(target);
    }
    node.forEachChild(visit);
  };
  for (const declaration of symbol.declarations ?? []) visit(declaration);
  found.delete(symbol);
  return [...found];
}

/** A declaration of a module, in contrast to a parameter, a member or a type parameter. */
function isTopLevel(symbol: ts.Symbol): boolean {
  const nodes = symbol.declarations ?? [];
  return nodes.some((node) => !ts.isSourceFile(node) && ts.isSourceFile(statementOf(node).parent));
}

/** Lines that went and came, in order; enough to see what changed. */
function difference(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const kept = new Set(old.filter((line) => now.includes(line)));
  return [
    ...old.filter((line) => !kept.has(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !kept.has(line)).map((line) => `+ ${line}`),
  ].join('\n');
}

function main(): void {
  const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
  for (const entry of entries) {
    const { file } = entry;
    const now = surface(root, entry);
    if (!process.argv.includes('--check')) {
      writeFileSync(join(root, file), now);
      continue;
    }
    let before = '';
    try {
      before = readFileSync(join(root, file), 'utf8');
    } catch {
      // Then everything is new.
    }
    if (before === now) continue;
    console.error(
      `${file} is out of date; if the change is meant, run: npm run api\n${difference(before, now)}`,
    );
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
