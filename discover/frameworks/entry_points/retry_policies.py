"""How a registration tells its library to try again, and what of that no policy has a field for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.catalog.spec import Pick
from discover.frameworks.entry_points.growing_delays import growth
from discover.frameworks.rules.written import class_names, errors, is_on, known, numbers, written
from discover.model import RetryPolicy, Unsaid
from discover.resolve.values import ConstantValue

if TYPE_CHECKING:
    from discover.catalog.spec import TaskRetry
    from discover.frameworks.rules.given import Given
    from discover.frameworks.rules.written import Written
    from discover.frameworks.workbench import Workbench

ANY_ERROR = "which errors these are is not known: any error leads to another try"
_SOME_ERRORS = "not all of these errors are known: only those that are lead to another try"
_TRIED_TOO = "which errors these are is not known: they lead to another try like any other"
_SAME = "how the delays grow is not known: they stay the same"
_TRIES = {None: "they have no end", 1: "there is one"}


def retry_policy(bench: Workbench, rule: TaskRetry | None, given: Given) -> RetryPolicy | None:
    """The library's retry policy as the registration sets it."""
    if rule is None or (rule.when is not None and not _is_on(bench, rule.when, given)):
        return None
    on, unsaid = _exceptions(bench, rule.on, given)
    policy = RetryPolicy(
        attempts=_attempts(bench, rule, given),
        delay=bench.picker.number(rule.delay, given),
        backoff=_factor(bench.picker.number(rule.backoff, given)) or bench.picker.number(rule.factor, given) or None,
        max_delay=bench.picker.number(rule.max_delay, given),
        on=on,
        asked=rule.asked,
        unsaid=unsaid,
    )
    policy = _counted(bench, rule, given, _delayed(bench, rule, given, policy))
    policy = _growing(bench, rule, given, policy)
    is_once = policy.asked and policy.attempts == 1
    if is_once or (policy == RetryPolicy() and rule.when is None):
        return None
    told = [told for one in rule.unsaid for told in unsaid_of(bench, one.option, one.means, given)]
    policy = without(bench, rule.but, given, policy) if rule.but is not None else policy
    return msgspec.structs.replace(policy, unsaid=(*policy.unsaid, *told))


def without(bench: Workbench, pick: Pick, given: Given, policy: RetryPolicy) -> RetryPolicy:
    """The policy without the errors that are the end at once; where not all of those are known, this is told."""
    left_out, told = errors_of(bench, pick, given) or ((), ())
    if told:
        policy = msgspec.structs.replace(policy, unsaid=(*policy.unsaid, *unsaid_of(bench, pick, _TRIED_TOO, given)))
    if not left_out:
        return policy
    return msgspec.structs.replace(policy, on=but(policy.on, left_out))


def unsaid_of(bench: Workbench, pick: Pick, means: str, given: Given) -> tuple[Unsaid, ...]:
    """What is to be told of an option that no policy has a field for, where it is given and not off."""
    option = _option(bench, pick, given)
    return (_told(option, means),) if option is not None and is_on(bench.picker, option) else ()


def _option(bench: Workbench, pick: Pick, given: Given) -> Written | None:
    """The option that the pick names, where the call that it is to stand in was found."""
    option = written(bench.picker, pick, given)
    return option if option is not None and _is_inside(option, pick, given) else None


def _is_inside(option: Written, pick: Pick, given: Given) -> bool:
    """Whether the call that the option is to stand in was found; so for a pick that names none."""
    return pick.inside is None or option.given is not given


def _told(option: Written, means: str) -> Unsaid:
    return Unsaid(text=option.text, means=means, at=option.at)


def _is_on(bench: Workbench, pick: Pick, given: Given) -> bool:
    """Whether the option is given; one of unknown value counts as on."""
    values = bench.picker.values(pick, given)
    if not values:
        return bench.picker.expression(pick, given.call) is not None
    return any(not isinstance(value, ConstantValue) or value.value for value in values)


def _attempts(bench: Workbench, rule: TaskRetry, given: Given) -> int | None:
    """The number of tries; a switch in place of the number sets no limit."""
    for pick in (rule.attempts, rule.plain):
        attempts = bench.picker.number(pick, given)
        if attempts is not None:
            values = bench.picker.values(pick, given) if isinstance(pick, Pick) else ()
            is_switch = any(isinstance(value, ConstantValue) and value.value is True for value in values)
            return None if is_switch else int(attempts)
    return None


def _unknown(bench: Workbench, pick: Pick, given: Given) -> Written | None:
    """The option, where it is given, and no number is known of it."""
    option = written(bench.picker, pick, given)
    if option is None or known(bench.picker, option):
        return None
    return option if bench.picker.number(msgspec.structs.replace(pick, default=None), given) is None else None


def _counted(bench: Workbench, rule: TaskRetry, given: Given, policy: RetryPolicy) -> RetryPolicy:
    """The policy, with a number of tries where that is given, but not known."""
    pick = rule.attempts
    if not isinstance(pick, Pick) or (option := _unknown(bench, pick, given)) is None:
        return policy
    is_inside = _is_inside(option, pick, given)
    if rule.plain is not None and not is_inside:
        return policy
    attempts = policy.attempts if is_inside else 1
    told = _told(option, f"how many tries that makes is not known: {_TRIES.get(attempts, f'{attempts} are made')}")
    return msgspec.structs.replace(policy, attempts=attempts, unsaid=(*policy.unsaid, told))


def _delayed(bench: Workbench, rule: TaskRetry, given: Given, policy: RetryPolicy) -> RetryPolicy:
    """The policy, with its delays where these are a list, or where what they are is not known."""
    pick = rule.delay
    if not isinstance(pick, Pick) or (option := _option(bench, pick, given)) is None:
        return policy
    times, plus = (pick.inner or pick).times, (pick.inner or pick).plus
    delays = [None if one is None else one * times + plus for one in numbers(bench.picker, option)]
    if not delays:
        if _unknown(bench, pick, given) is None:
            return policy
        seconds = 1.0 if policy.delay is None else policy.delay
        told = _told(option, f"how long that is is not known: the next try follows after {seconds:g} s")
        return msgspec.structs.replace(policy, unsaid=(*policy.unsaid, told))
    grown = growth(delays, policy.attempts)
    if grown is not None:
        return msgspec.structs.replace(policy, delay=grown.delay, backoff=grown.backoff, max_delay=grown.longest)
    first = next((one for one in delays if one is not None), 0.0)
    told = _told(option, f"no engine takes a delay for each try: each is {first:g} s")
    return msgspec.structs.replace(policy, delay=first, backoff=None, max_delay=None, unsaid=(*policy.unsaid, told))


def _growing(bench: Workbench, rule: TaskRetry, given: Given, policy: RetryPolicy) -> RetryPolicy:
    """The policy, with what is not known of how its delays grow."""
    told: list[Unsaid] = []
    for pick, means in (
        (rule.backoff, _SAME),
        (rule.factor, _SAME),
        (rule.max_delay, "how long a delay may be is not known: it has no bound"),
    ):
        if not isinstance(pick, Pick):
            continue
        option = _unknown(bench, pick, given)
        if option is not None and _is_inside(option, pick, given):
            told.append(_told(option, means))
    return msgspec.structs.replace(policy, unsaid=(*policy.unsaid, *told)) if told else policy


def _exceptions(bench: Workbench, pick: Pick | str | None, given: Given) -> tuple[tuple[str, ...], tuple[Unsaid, ...]]:
    """The names of the errors that lead to another try, and what is to be told where not all are known."""
    if not isinstance(pick, Pick):
        return ((pick,) if pick else ()), ()
    return errors_of(bench, pick, given) or (class_names(bench.picker, bench.picker.values(pick, given)), ())


def errors_of(bench: Workbench, pick: Pick, given: Given) -> tuple[tuple[str, ...], tuple[Unsaid, ...]] | None:
    """The names of the errors that an option lists, and what is to be told where not all are known; None without it."""
    option = _option(bench, pick, given)
    if option is None:
        return None
    names, are_all = errors(bench.picker, option)
    return names, () if are_all else (_told(option, _SOME_ERRORS if names else ANY_ERROR),)


def but(names: tuple[str, ...], left_out: tuple[str, ...]) -> tuple[str, ...]:
    """Errors without some of those below them, as a policy names them; none named: every `Exception`."""
    return tuple(f"{name} except {', '.join(left_out)}" for name in names or ("Exception",)) if left_out else names


def _factor(backoff: float | None) -> float | None:
    """A library's backoff switch or seconds: growth is by two unless said otherwise."""
    if backoff is None or not backoff:
        return None
    return 2.0
