"""Who loses more of a criterion's points than the others do on the same ground.

A grade gives a share of a criterion's points, 0 to 1; the loss is what is missing. A group (one person)
is compared inside of strata (the same reviewers), or a reviewer inside of people, so that a strict
reviewer is not taken for a weak person and weak people not for a strict reviewer. Works from sums; the
cost follows the number of cells.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Not scipy.stats, see measurement.proportions.
from scipy.special import betainc

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class MatchedLosses:
    """One entry for each of `groups` (codes in ascending order).

    `n` grades and `loss` in strata that hold somebody else's grades, too, of which there are `strata`;
    `others`: the mean loss of those others, 0 to 1, weighted as the group's own grades are spread (NaN
    where there is nothing to compare with); `p`: how likely at least such a loss were if it did not
    matter whose grades they are (1 where there is nothing to compare with).
    """

    groups: IntArray
    n: FloatArray
    loss: FloatArray
    others: FloatArray
    strata: IntArray
    p: FloatArray


def loss_tail(loss: ArrayLike, n: ArrayLike, share: ArrayLike) -> FloatArray:
    """At most how likely `n` grades lose `loss` or more together when each loses `share` on average.

    The upper tail of Binomial(n, share), continued between whole numbers by the incomplete beta function
    I_share(loss, n − loss + 1). Grades between 0 and 1 scatter less than such that are 0 or 1 (Hoeffding,
    J. Am. Stat. Assoc. 58, 1963, theorems 1 and 4: so do draws without replacement; Ann. Math. Stat. 27,
    1956: so do unequal shares of the same mean), so it errs on the side of finding nothing.
    Broadcasts; ValueError for a loss above n or a share outside of 0 to 1.
    """
    lost, of, mean = np.broadcast_arrays(
        *(np.asarray(each, dtype=np.float64) for each in (loss, n, share))
    )
    fits = (lost >= -1e-9) & (lost <= of + 1e-9) & np.isfinite(of)
    if not (fits & (mean >= 0) & (mean <= 1 + 1e-9)).all():
        raise ValueError("A loss lies between 0 and n, a share between 0 and 1.")
    lost, mean = np.clip(lost, 0, of), np.minimum(mean, 1.0)
    has_lost = lost > 1e-9
    tail = betainc(np.where(has_lost, lost, 1.0), np.maximum(of - lost, 0.0) + 1.0, mean)
    return np.where(has_lost, tail, 1.0)


def matched_losses(
    group: ArrayLike, stratum: ArrayLike, n: ArrayLike, loss: ArrayLike
) -> MatchedLosses:
    """Each group against the others in its own strata.

    One entry per cell: codes of group and stratum (whole numbers, 0 or more), grades and the sum of their
    losses. Cells of the same group and stratum are added up. Under the null hypothesis the grades of a
    stratum are dealt out to its groups by lot; then a group loses on average Σ n·(stratum's mean, itself
    included), and `loss_tail` bounds the rest.
    """
    groups, strata = (np.asarray(each, dtype=np.intp) for each in (group, stratum))
    counts, losses = (np.asarray(each, dtype=np.float64) for each in (n, loss))
    if any(each.shape != groups.shape or each.ndim != 1 for each in (groups, strata, counts)):
        raise ValueError("Cells are lists of one length.")
    if losses.shape != groups.shape:
        raise ValueError("Cells are lists of one length.")
    used = counts > 0
    pairs, place = np.unique(
        np.column_stack([groups[used], strata[used]]), axis=0, return_inverse=True
    )
    place = place.reshape(-1)
    own_n = np.bincount(place, counts[used], len(pairs))
    own_loss = np.bincount(place, losses[used], len(pairs))
    found, g = np.unique(pairs[:, 0], return_inverse=True)
    _strata, s = np.unique(pairs[:, 1], return_inverse=True)
    all_n, all_loss = np.bincount(s, own_n)[s], np.bincount(s, own_loss)[s]
    has_others = all_n - own_n > 0.5
    g, own_n, own_loss = g[has_others], own_n[has_others], own_loss[has_others]
    all_n, all_loss = all_n[has_others], all_loss[has_others]
    size = len(found)
    total = np.bincount(g, own_n, size).astype(np.float64)
    lost = np.bincount(g, own_loss, size).astype(np.float64)
    expected = np.bincount(g, own_n * all_loss / all_n, size)
    beside = np.bincount(g, own_n * (all_loss - own_loss) / (all_n - own_n), size)
    safe = np.maximum(total, 1.0)
    is_compared = total > 0
    return MatchedLosses(
        found,
        total,
        lost,
        np.where(is_compared, np.clip(beside / safe, 0, 1), np.nan),
        np.bincount(g, minlength=size),
        np.where(is_compared, loss_tail(lost, total, np.clip(expected / safe, 0, 1)), 1.0),
    )
