// `var a;var b;` for `var a,b;` outside loop heads, so that a pass can take one variable by its statement.
import { nodesOf, parseScript, type SyntaxNode } from '../check/syntax.ts';
import { applyEdits, type Edit } from './edits.ts';

export function oneDeclarationEach(code: string): string {
  const program = parseScript(code);
  const heads = new Set([...nodesOf(program)].flatMap((node) => [node.init, node.left]));
  const edits: Edit[] = [];
  for (const node of nodesOf(program)) {
    if (node.type !== 'VariableDeclaration' || heads.has(node)) continue;
    const declarators = node.declarations as SyntaxNode[];
    declarators.slice(1).forEach((declarator, index) => {
      edits.push({ start: declarators[index]!.end, end: declarator.start, text: `;${node.kind} ` });
    });
  }
  return applyEdits(code, edits);
}
