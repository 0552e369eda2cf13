"""The same models as mixed-integer programs for HiGHS, where they are small enough to be solved to the end.

One thread, no time limit but a limit of nodes: the same input gives the same answer on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from gis.coverage.siting.kernels import Rows
from gis.coverage.siting.model import Form
from gis.walking.model import Floats, Int64s

MOST_ENTRIES = 20_000
"""Pairs up to which a program is handed to HiGHS."""
_NODES = 500
_HALF = 0.5
_MILLION = 1e6  # resident micrometres as resident metres, so that the numbers stay in the solver's range


@dataclass(frozen=True, slots=True)
class Program:
    """Maximise `worth`·x: 0 <= x <= `upper`, the first `whole` columns integer, `low` <= matrix·x <= `high`.

    Answers nearer than `apart` are equal: half for whole numbers.
    """

    worth: Floats
    upper: Floats
    whole: int
    matrix: sparse.csr_array
    low: Floats
    high: Floats
    apart: float = 0.5


@dataclass(frozen=True, slots=True)
class Solved:
    """x of the best answer, None without one; a bound on the worth; whether the end was reached."""

    x: Floats | None
    bound: float
    finished: bool
    infeasible: bool = False


def solve(program: Program, start: Floats | None = None) -> Solved:
    """Solve by HiGHS; `start` is a known answer (x of the whole columns first, the rest may be 0)."""
    engine = highspy.Highs()  # type: ignore[no-untyped-call]
    engine.setOptionValue("output_flag", False)
    engine.setOptionValue("threads", 1)
    engine.setOptionValue("random_seed", 0)
    engine.setOptionValue("mip_max_nodes", _NODES)
    engine.setOptionValue("mip_rel_gap", 0.0)
    engine.setOptionValue("mip_abs_gap", program.apart)
    engine.passModel(_model(program))
    if start is not None:
        index = np.arange(program.whole, dtype=np.int32)
        engine.setSolution(program.whole, index, start[: program.whole].astype(np.float64))
    engine.run()
    status, info = engine.getModelStatus(), engine.getInfo()
    if status == highspy.HighsModelStatus.kInfeasible:
        return Solved(None, -np.inf, finished=True, infeasible=True)
    done = status == highspy.HighsModelStatus.kOptimal
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    x = np.array(engine.getSolution().col_value) if found else None
    bound = info.mip_dual_bound if program.whole else info.objective_function_value
    return Solved(x, float(bound), done)


def _model(program: Program) -> highspy.HighsLp:
    model = highspy.HighsLp()
    rows, columns = program.matrix.shape
    model.num_row_, model.num_col_ = rows, columns
    model.col_cost_ = program.worth
    model.col_lower_ = np.zeros(columns)
    model.col_upper_ = program.upper
    model.row_lower_, model.row_upper_ = program.low, program.high
    model.sense_ = highspy.ObjSense.kMaximize
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.num_row_, model.a_matrix_.num_col_ = rows, columns
    model.a_matrix_.start_ = program.matrix.indptr.astype(np.int32)
    model.a_matrix_.index_ = program.matrix.indices.astype(np.int32)
    model.a_matrix_.value_ = program.matrix.data.astype(np.float64)
    if program.whole:
        kind = [highspy.HighsVarType.kInteger] * program.whole
        model.integrality_ = kind + [highspy.HighsVarType.kContinuous] * (columns - program.whole)
    return model


def cover_program(form: Form, p: int, needs: list[tuple[Int64s, Int64s, int]] | None = None) -> Program:
    """Choose p sites: x (sites), y (classes covered), y2 (covered twice); one saving a class.

    `needs`: (classes, residents of each, at least so many) of a community.
    """
    classes, sites = len(form.first), form.count
    two = np.flatnonzero(form.second > 0)
    reach = _incidence(form.rows, sites)
    second = sparse.csr_array((np.ones(len(two)), (two, np.arange(len(two)))), shape=(classes, len(two)))
    blocks = [
        sparse.hstack([-reach, sparse.eye_array(classes), second]),
        sparse.hstack([sparse.csr_array(np.ones((1, sites))), sparse.csr_array((1, classes + len(two)))]),
    ]
    low, high = [np.full(classes + 1, -np.inf)], [np.append(np.zeros(classes), float(p))]
    for which, residents, least in needs or []:
        row = sparse.csr_array((residents.astype(float), (np.zeros(len(which), int), sites + which)),
                               shape=(1, sites + classes + len(two)))  # fmt: skip
        blocks.append(row)
        low.append(np.array([float(least)]))
        high.append(np.array([np.inf]))
    worth = np.concatenate([np.zeros(sites), form.first, form.second[two]]).astype(np.float64)
    matrix = sparse.csr_array(sparse.vstack(blocks, format="csr"))
    return Program(worth, np.ones(len(worth)), sites, matrix, np.concatenate(low), np.concatenate(high))


def median_program(form: Form, p: int) -> Program:
    """Choose p sites: x (sites) and one z a pair; every class takes at most one site, and only a chosen one."""
    sites, pairs, classes = form.count, len(form.rows.other), len(form.first)
    number = np.arange(pairs)
    owner = np.repeat(np.arange(classes), np.diff(form.rows.start))
    one = np.ones(pairs)
    taken = sparse.csr_array((one, (owner, number)), shape=(classes, pairs))
    chosen = sparse.csr_array((one, (number, form.rows.other)), shape=(pairs, sites))
    matrix = sparse.vstack(
        [
            sparse.hstack([sparse.csr_array((classes, sites)), taken]),
            sparse.hstack([-chosen, sparse.eye_array(pairs)]),
            sparse.hstack([sparse.csr_array(np.ones((1, sites))), sparse.csr_array((1, pairs))]),
        ],
        format="csr",
    )
    high = np.concatenate([np.ones(classes), np.zeros(pairs), [float(p)]])
    worth = np.concatenate([np.zeros(sites), form.rows.saving]).astype(np.float64)
    low = np.full(len(high), -np.inf)
    return Program(worth / _MILLION, np.ones(sites + pairs), sites, sparse.csr_array(matrix), low, high, 0.0)


def set_cover_program(form: Form, need: int) -> Program:
    """The fewest sites that cover `need` residents; the worth is minus their number."""
    classes, sites = len(form.first), form.count
    covered = sparse.hstack(
        [sparse.csr_array((1, sites)), sparse.csr_array(form.first[None, :].astype(float))]
    )
    blocks = [sparse.hstack([-_incidence(form.rows, sites), sparse.eye_array(classes)]), covered]
    matrix = sparse.csr_array(sparse.vstack(blocks, format="csr"))
    low = np.concatenate([np.full(classes, -np.inf), [float(need)]])
    high = np.concatenate([np.zeros(classes), [np.inf]])
    worth = np.concatenate([np.full(sites, -1.0), np.zeros(classes)])
    return Program(worth, np.ones(sites + classes), sites, matrix, low, high)


def capacity_program(form: Form, p: int, capacity: int) -> Program:
    """Choose p sites and send residents to them, never more than `capacity` to one."""
    sites, pairs, classes = form.count, len(form.rows.other), len(form.first)
    number = np.arange(pairs)
    owner = np.repeat(np.arange(classes), np.diff(form.rows.start))
    one = np.ones(pairs)
    sent = sparse.csr_array((one, (owner, number)), shape=(classes, pairs))
    taken = sparse.csr_array((one, (form.rows.other, number)), shape=(sites, pairs))
    matrix = sparse.vstack(
        [
            sparse.hstack([sparse.csr_array((classes, sites)), sent]),
            sparse.hstack([sparse.eye_array(sites) * -float(capacity), taken]),
            sparse.hstack([sparse.csr_array(np.ones((1, sites))), sparse.csr_array((1, pairs))]),
        ],
        format="csr",
    )
    high = np.concatenate([form.first, np.zeros(sites), [float(p)]]).astype(np.float64)
    upper = np.concatenate([np.ones(sites), form.first[owner]]).astype(np.float64)
    worth = np.concatenate([np.zeros(sites), one])
    return Program(worth, upper, sites, sparse.csr_array(matrix), np.full(len(high), -np.inf), high)


def _incidence(rows: Rows, sites: int) -> sparse.csr_array:
    data = np.ones(len(rows.other))
    return sparse.csr_array((data, rows.other, rows.start), shape=(len(rows.start) - 1, sites))


def sites_of(x: Floats, sites: int) -> list[int]:
    """The chosen sites of an answer."""
    return [int(site) for site in np.flatnonzero(x[:sites] > _HALF)]
