// Writes what each package offers as one file, from the declarations that were built: a changed public signature is a
// changed line there. A public export without a docstring fails.
//   node tools/api-report.mjs           writes packages/NAME/api.txt
//   node tools/api-report.mjs --check   exit code 1 where one is not up to date
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { packageFolders, root } from './workspace.mjs';

const isCheck = process.argv.includes('--check');
const outdated = [];
const undocumented = [];
for (const folder of packageFolders()) {
  const report = reportOf(folder);
  if (report === undefined) continue;
  const file = join(folder, 'api.txt');
  if (existsSync(file) && readFileSync(file, 'utf8') === report) continue;
  if (isCheck) outdated.push(relative(root, file));
  else writeFileSync(file, report);
}
if (undocumented.length > 0) {
  console.error(`public exports without a docstring: ${undocumented.join(', ')}`);
  process.exitCode = 1;
}
if (outdated.length > 0) {
  console.error(`not up to date: ${outdated.join(', ')}; run npm run build and node tools/api-report.mjs`);
  process.exitCode = 1;
}

/** Undefined for a package that exports nothing. */
function reportOf(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const entries = Object.entries(manifest.exports ?? {}).filter(([, target]) => typeof target.types === 'string');
  if (manifest.private === true) return undefined;
  if (entries.length === 0) return undefined;
  const sections = entries.map(([name, { types }]) => sectionOf(join(manifest.name, name), join(folder, types)));
  return `${sections.join('\n')}`;
}

function sectionOf(title, file) {
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run build`);
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    skipLibCheck: true,
    types: ['node'],
  });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  const printed = checker.getExportsOfModule(module).map((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if (target.getDocumentationComment(checker).length === 0) undocumented.push(`${symbol.name} of ${title}`);
    const texts = (target.declarations ?? []).map((declaration) => textOf(declaration));
    return { name: symbol.name, text: [...new Set(texts)].join('\n') };
  });
  printed.sort((a, b) => (a.name < b.name ? -1 : 1));
  return `# ${title}\n\n${printed.map(({ text }) => text).join('\n\n')}\n`;
}

/** A declaration without comments, and without what is private or internal. */
function textOf(declaration) {
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const source = node.getSourceFile();
  const kept = ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) ? withoutInternals(node) : node;
  const printer = ts.createPrinter({ removeComments: true });
  // The compiler writes an inferred object type in an order that depends on what it had compiled before.
  const stable = ts.isVariableStatement(kept) ? ts.transform(kept, [sortTypeLiterals]).transformed[0] : kept;
  return printer.printNode(ts.EmitHint.Unspecified, stable, source).replace(/^export (declare )?/, '');
}

function sortTypeLiterals(context) {
  const visit = (node) => {
    const visited = ts.visitEachChild(node, visit, context);
    if (!ts.isTypeLiteralNode(visited)) return visited;
    const nameOf = (member) => member.name?.text ?? '';
    const members = [...visited.members].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0));
    return ts.factory.updateTypeLiteralNode(visited, ts.factory.createNodeArray(members));
  };
  return visit;
}

function withoutInternals(node) {
  const members = node.members.filter((member) => {
    const isPrivate =
      (member.name !== undefined && ts.isPrivateIdentifier(member.name)) ||
      ts.getModifiers(member)?.some((modifier) => modifier.kind === ts.SyntaxKind.PrivateKeyword);
    return !isPrivate && !ts.getJSDocTags(member).some((tag) => tag.tagName.text === 'internal');
  });
  const { modifiers, name, typeParameters, heritageClauses } = node;
  return ts.isClassDeclaration(node)
    ? ts.factory.updateClassDeclaration(node, modifiers, name, typeParameters, heritageClauses, members)
    : ts.factory.updateInterfaceDeclaration(node, modifiers, name, typeParameters, heritageClauses, members);
}
