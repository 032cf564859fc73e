"""Mutation tests of a notebook: change one operator, constant or default of an exported cell, run the notebook from there
on, and see whether a cell fails.

    python nbs/testdata/mutate.py nbs/04_losses.ipynb --n 30 --seed 0

The notebook runs once. At each exported cell a child process is forked for every mutant of that cell; it runs the changed
cell and those after it, up to the first failure. A mutant that no cell notices survives and is printed with its line: a
lesson cell is missing, or the change makes no difference. Those are listed in `equivalent_mutants.tsv` (notebook, change,
part of the line, reason) and not counted."""
import argparse, ast, copy, json, os, random, re, shutil, signal, sys, tempfile, time
from pathlib import Path

SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
         ast.Mod: ast.Mult, ast.Pow: ast.Mult,
         ast.MatMult: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift,
         ast.RShift: ast.LShift, ast.BitXor: ast.BitAnd,
         ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
         ast.Is: ast.IsNot, ast.IsNot: ast.Is,
         ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And}
SIGN = dict(zip('Add Sub Mult Div FloorDiv Mod Pow MatMult BitAnd BitOr LShift RShift BitXor Lt LtE Gt GtE Eq NotEq Is '
                'IsNot In NotIn And Or'.split(),
                '+ - * / // % ** @ & | << >> ^ < <= > >= == != is is_not in not_in and or'.split()))
name = lambda op: SIGN[type(op).__name__]

def constants(v):
    "What a constant may become."
    if v is True or v is False: return [not v]
    if isinstance(v, int): return [v+1] if v else [1]
    if isinstance(v, float): return [2*v] if v else [1.]
    return []

def sites(tree):
    "Every (node, field, index, new value, description) of a cell's code; annotations, docstrings and messages of errors are left alone."
    out = []
    def visit(node, in_raise=False):
        if isinstance(node, (ast.Raise, ast.JoinedStr)): in_raise = True
        if not in_raise:
            if isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)) and type(node.op) in SWAPS:
                if not (isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant)
                        and isinstance(node.left.value, str)):
                    out.append((node, 'op', None, SWAPS[type(node.op)](),
                                f'{name(node.op)} -> {name(SWAPS[type(node.op)]())}'))
            if isinstance(node, ast.Compare):
                for i,op in enumerate(node.ops):
                    out.append((node, 'ops', i, SWAPS[type(op)](), f'{name(op)} -> {name(SWAPS[type(op)]())}'))
            if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
                out.append((node, 'op', None, ast.UAdd() if isinstance(node.op, ast.USub) else None,
                            f'without {type(node.op).__name__}'))
            if isinstance(node, ast.Constant):
                for v in constants(node.value): out.append((node, 'value', None, v, f'{node.value!r} -> {v!r}'))
        for field,value in ast.iter_fields(node):
            if field in ('annotation', 'returns', 'decorator_list') and not isinstance(node, ast.Module):
                if field!='decorator_list': continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST): visit(child, in_raise)
    visit(tree)
    return [s for s in out if hasattr(s[0], 'lineno')]

def apply(tree, k):
    "The tree with its `k`th site changed."
    tree = copy.deepcopy(tree)
    node, field, i, new, _ = sites(tree)[k]
    if field=='op' and new is None:      # drop `not` or `~`
        class Drop(ast.NodeTransformer):
            def visit(self, n): return n.operand if n is node else super().visit(n)
        return ast.fix_missing_locations(Drop().visit(tree))
    if i is None: setattr(node, field, new)
    else: getattr(node, field)[i] = new
    return ast.fix_missing_locations(tree)

def flagged(src, flags):
    return any(re.search(rf'^\s*#\s*\|\s*{f}\b', src, re.M) for f in flags) or re.search(r'^\s*#\s*\|\s*eval:\s*false',
                                                                                         src, re.M)
def exported(src): return re.search(r'^\s*#\s*\|\s*exports?i?\b', src, re.M)

def keep_shared_folders():
    "In a child process: do not remove temporary folders that the notebook had made before the fork."
    top, remove = Path(tempfile.gettempdir()).resolve(), shutil.rmtree
    shared = {p.resolve() for p in top.iterdir()}
    def rmtree(path, *args, **kw):
        if Path(path).resolve() not in shared: remove(path, *args, **kw)
    shutil.rmtree = rmtree

def run_rest(shell, cells, limit):
    "Number of the first cell that fails, or None; runs in a child process."
    keep_shared_folders()
    signal.alarm(limit)
    for i,src in cells:
        shell.run(src)
        if shell.exc: return i
    return None

def known_equivalents(notebook):
    "(change, part of the line) of mutants that change nothing."
    rows = [l.split('\t') for l in (Path(__file__).parent/'equivalent_mutants.tsv').read_text().splitlines()]
    return [(change, part) for nb,change,part,_ in rows if nb==notebook.stem]

def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('notebook', type=Path)
    p.add_argument('--n', type=int, default=30)
    p.add_argument('--seed', type=int, default=0)
    p.add_argument('--limit', type=int, default=300, help='seconds a mutant may take')
    p.add_argument('--only', help='only sites whose source line holds this text')
    p.add_argument('--list', action='store_true')
    p.add_argument('--out', type=Path, help='append a JSON line per mutant to this file')
    args = p.parse_args()
    os.environ.update(IN_TEST='1', MPLBACKEND='agg', OMP_NUM_THREADS='1')
    nb = json.loads(args.notebook.read_text(encoding='utf-8'))
    code = [(i, ''.join(c['source'])) for i,c in enumerate(nb['cells']) if c['cell_type']=='code']
    code = [(i, s) for i,s in code if not flagged(s, ('notest', 'slow', 'cuda'))]
    pool = []
    for i,src in code:
        if not exported(src): continue
        tree, lines = ast.parse(src), src.splitlines()
        for k,s in enumerate(sites(tree)):
            line = lines[s[0].lineno-1].strip()
            if args.only and args.only not in line: continue
            pool.append((i, k, s[0].lineno, s[0].col_offset, s[4], line))
    equivalent = known_equivalents(args.notebook)
    pool = [m for m in pool if not any(change==m[4] and part in m[5] for change,part in equivalent)]
    chosen = sorted(random.Random(args.seed).sample(pool, min(args.n, len(pool))))
    if args.list:
        for m in chosen: print(*m[:1], *m[2:], sep=' | ')
        return
    sys.path.insert(0, str(Path.cwd()))
    os.chdir(args.notebook.parent)
    from execnb.shell import CaptureShell
    shell = CaptureShell()
    start, killed, alive = time.time(), 0, []
    todo = {}
    for m in chosen: todo.setdefault(m[0], []).append(m)
    for at,(i,src) in enumerate(code):
        for m in todo.get(i, []):
            read, write = os.pipe()
            if (pid := os.fork())==0:
                os.close(read)
                try:
                    sys.stdout = sys.stderr = open(os.devnull, 'w')
                    first = run_rest(shell, [(i, ast.unparse(apply(ast.parse(src), m[1])))] + code[at+1:], args.limit)
                    os.write(write, str(first).encode())
                finally: os._exit(0)
            os.close(write)
            _, status = os.waitpid(pid, 0)
            first = os.read(read, 50).decode() or 'timeout or crash'
            os.close(read)
            if first=='None': alive.append(m)
            else: killed += 1
            print(f'{"SURVIVED" if first=="None" else "killed  "} cell {m[0]:3d} line {m[2]}: {m[4]}   {m[5][:110]}'
                  + (f'   (by cell {first})' if first!='None' else ''), flush=True)
            if args.out:
                with args.out.open('a') as f:
                    f.write(json.dumps(dict(notebook=args.notebook.name, cell=m[0], line=m[2], change=m[4], source=m[5],
                                            by=first))+'\n')
        if not any(k>i for k in todo): break
        shell.run(src)
        if shell.exc: sys.exit(f'The notebook itself fails at cell {i}: {shell.exc!r}')
    print(f'{killed} of {len(chosen)} killed ({100*killed/max(len(chosen), 1):.0f} %), {len(alive)} survived, '
          f'{time.time()-start:.0f} s')

if __name__=='__main__': main()
