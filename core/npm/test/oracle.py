"""An oracle for splits and tables, written from the decision (3 and 7) with exact fractions and nothing of ours.

Reads lines of JSON: ["split", total, weights, parts] or ["table", rows, columns, cells]; checks each against its own
answer; prints how many it checked, and fails at the first that differs.
"""

import json
import sys
from collections import deque
from fractions import Fraction


def split(total, weights):
    whole = sum(weights)
    exact = [Fraction(total * weight, whole) if whole else Fraction(0) for weight in weights]
    parts = [share.numerator // share.denominator for share in exact]
    # Largest remainder first; equal ones by place.
    order = sorted(range(len(weights)), key=lambda at: (-(exact[at] - parts[at]), at))
    for at in order[: total - sum(parts)]:
        parts[at] += 1
    return parts


def table(rows, columns):
    whole = sum(rows)
    height, width = len(rows), len(columns)
    exact = [[Fraction(r * c, whole) if whole else Fraction(0) for c in columns] for r in rows]
    cells = [[share.numerator // share.denominator for share in row] for row in exact]
    rest = [[exact[r][c] - cells[r][c] for c in range(width)] for r in range(height)]
    raised = [[False] * width for _ in range(height)]
    row_lacks = [rows[r] - sum(cells[r]) for r in range(height)]
    column_lacks = [columns[c] - sum(cells[r][c] for r in range(height)) for c in range(width)]
    places = [(r, c) for r in range(height) for c in range(width) if rest[r][c] > 0]
    for r, c in sorted(places, key=lambda at: (-rest[at[0]][at[1]], at[0], at[1])):
        if row_lacks[r] > 0 and column_lacks[c] > 0:
            raised[r][c] = True
            row_lacks[r] -= 1
            column_lacks[c] -= 1
    for r in range(height):
        while row_lacks[r] > 0:
            path = shortest(r, rest, raised, column_lacks)
            for at, (pr, pc) in enumerate(path):
                raised[pr][pc] = at % 2 == 0
            row_lacks[r] -= 1
            column_lacks[path[-1][1]] -= 1
    return [cells[r][c] + raised[r][c] for r in range(height) for c in range(width)]


def shortest(start, rest, raised, column_lacks):
    """Breadth first in index order: rows reach columns by a cell that may rise, columns reach rows by one that may give back."""
    height, width = len(rest), len(column_lacks)
    by_column, by_row = {start: None}, {}
    queue = deque([start])
    while queue:
        r = queue.popleft()
        reached = []
        for c in range(width):
            if c in by_row or raised[r][c] or rest[r][c] == 0:
                continue
            by_row[c] = r
            if column_lacks[c] > 0:
                path, column = [], c
                while True:
                    row = by_row[column]
                    path.append((row, column))
                    if by_column[row] is None:
                        return path[::-1]
                    column = by_column[row]
                    path.append((row, column))
            reached.append(c)
        for c in reached:
            for other in range(height):
                if other not in by_column and raised[other][c]:
                    by_column[other] = c
                    queue.append(other)
    raise ValueError("no such table")


def main():
    checked = 0
    for line in sys.stdin:
        kind, first, second, answer = json.loads(line)
        expected = split(first, second) if kind == "split" else table(first, second)
        if expected != answer:
            sys.exit(f"{kind} {first} by {second}: expected {expected}, got {answer}")
        checked += 1
    print(checked)


main()
