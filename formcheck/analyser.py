"""The pure middle: one pose in, all that is known now out; no camera, no files, no clock."""

from __future__ import annotations

import math
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan
from statistics import median

from formcheck.counting import Counter, Movement
from formcheck.errors import UsageError
from formcheck.exercises import EXERCISES, find_exercise
from formcheck.exercises.spec import Legs, When
from formcheck.judging import PACE_LIFTS, Judge, Run, rate_hz
from formcheck.movement import Described, Refused, assess, refused
from formcheck.observer import Observation, Observer, angles_of
from formcheck.plan import EARLY_S, Segment, Stretch, grow, then, whole
from formcheck.pose.skeleton import Pose, Side
from formcheck.profile import STANDARD, Profile
from formcheck.ranges import JOINTS, Reached, joint_range, reached, stated
from formcheck.results import (
    Checks,
    Event,
    FaultCheck,
    FaultTotals,
    FaultVerdict,
    JointRange,
    NotCounted,
    Phase,
    Posture,
    ProfileRef,
    Quality,
    Raised,
    Rep,
    RepCounts,
    Set,
    Severity,
    Sides,
    Snapshot,
    Software,
    Source,
    Summary,
    Verdict,
    View,
    ViewLabel,
    Waiting,
)
from formcheck.rules import LIMIT_NEAR, NO_REST, RANGE_LIMIT, SEVERITIES, Alarm
from formcheck.view import view_record, yaw_deg

UNKNOWN = "unknown"
LOST_S = 0.5
"""The person has been lost when not believed for this long."""
UNSEEN_S = 3.0
"""A repetition given up this soon after the person was not seen may have been one."""
LOW_COVERAGE = 0.7
"""Below this share of measurable frames the result is flagged."""
SECOND_PERSON_SHARE = 0.1
"""Others in this share of the frames are worth a warning."""
LOW_FRAME_RATE_HZ = 9.5
"""A rate below 10 frames a second (with slack for time stamps) is too low to count by."""
SPEED_HZ = 23.5
"""A speed is told from 24 pictures a second on: of fewer it comes out too low (clinical 2.1 and 2.4)."""
GRAVE = (Severity.STOP, Severity.CORRECT)
"""A present fault of these makes a repetition faulty (product definition)."""
WAITING_S = 60.0
"""Repetitions seen while nothing counts are kept this long, at most `WAITING` of them (judgement: a set is
begun by two, and nobody takes a minute for them)."""
WAITING = 6
LONG_S = 20.0
"""A repetition that lasts longer may hold a pause (leaflets hold for up to 10 s [V#74])."""
MOST_OTHERS = 20
"""So many movements that were something else are remembered, for recordings in which nothing counts."""
LINGER_S = 2.0
"""What only the end of a repetition tells is shown this long."""
NO_SOURCE = Source("", None, None, 0.0, 0, 0, 0, 0, 0)
NO_SOFTWARE = Software("", None, None, None)
SIDE_CHOICES = ("left", "right", "both", "auto")
AFFECTED_CHOICES = ("left", "right", "both", "none")


@dataclass(slots=True)
class _Tallies:
    """What is added up over the frames for the summary; over those that count but for the first three."""

    frames: int = 0
    first_s: float = 0.0
    last_s: float = 0.0
    counting: int = 0
    detected: int = 0
    valid: int = 0
    crowded: int = 0
    size: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class _Ended:
    """A repetition that has ended, and what was seen of its form."""

    exercise: str
    described: Described
    run: Run | None


class Analyser:
    """Counts one exercise (or the exercises of a plan) from poses, causally.

    Parameters
    ----------
    exercise : str
        ``squat``, ``bridge``, ``clamshell`` or ``seated_march``; ``unknown`` measures and counts nothing.
    side : str | None
        ``left`` or ``right`` counts only that working side (clamshell, seated march); ``both`` and
        ``auto`` count all; None as the profile says for each exercise.
    affected_side : str | None
        Passed on to the summary.
    plan : Sequence[Segment] | None
        Which exercise when, instead of one throughout (`formcheck.recognition.recognise`).
    profile : Profile
        Targets, ceilings and which checks speak; never decides a count.
    counting : Sequence[Stretch] | None
        When repetitions count, in a coached session; None = always.

    Attributes
    ----------
    counting : tuple[Stretch, ...] | None
        May be told anew after each pose, for the poses to come.
    closing_events : tuple[Event, ...]
        What `finish` still counted.

    Raises
    ------
    UsageError
        An unknown exercise or side.
    """

    def __init__(
        self,
        exercise: str = "squat",
        *,
        side: str | None = None,
        affected_side: str | None = None,
        plan: Sequence[Segment] | None = None,
        profile: Profile = STANDARD,
        counting: Sequence[Stretch] | None = None,
    ) -> None:
        if plan is None:
            plan = () if exercise == UNKNOWN else whole(find_exercise(exercise).name)
        if side is not None and side not in SIDE_CHOICES:
            raise UsageError(f"side {side!r} is not one of {', '.join(SIDE_CHOICES)}")
        if affected_side is not None and affected_side not in AFFECTED_CHOICES:
            raise UsageError(f"affected side {affected_side!r} is not one of {', '.join(AFFECTED_CHOICES)}")
        self._plan = tuple(plan)
        self.counting = None if counting is None else tuple(counting)
        self._side, self._affected_side = side, affected_side
        self._observer = Observer()
        self._profile = profile
        self._counters: dict[str, Counter] = {}
        self._judges: dict[str, Judge] = {}
        self._from_s: dict[str, float] = {}
        for segment in self._plan:
            self._look_for(segment)
        self._raised: dict[tuple[str, Side | None], tuple[Raised, float]] = {}
        self._recent: dict[str, list[tuple[int, Described]]] = {}
        self._reps: list[Rep] = []
        self._ended: list[Rep] = []
        self._exercise_of: list[str] = []
        self._sets: tuple[Set, ...] = ()
        self._not_counted: list[NotCounted] = []
        self._others: list[NotCounted] = []
        self._last_stretch: int | None = None
        self._waiting: tuple[_Ended, ...] = ()
        self._so_far = _counts(())
        self._tallies = _Tallies()
        self._views: dict[str, Tally[tuple[ViewLabel, Posture, Side | None]]] = {}
        self._yaws: dict[tuple[str, ViewLabel], list[float]] = {}
        self._reached: dict[tuple[str, Side], list[Reached]] = {}
        self._seen_s: float | None = None
        self._unseen_s = float("-inf")
        self._lost = False
        self._uncertain = False
        self._closed = False
        self.closing_events: tuple[Event, ...] = ()

    def _look_for(self, segment: Segment) -> None:
        """Count and judge the exercise of a segment, too."""
        name = find_exercise(segment.exercise).name
        if name not in self._counters:
            self._counters[name] = Counter(
                EXERCISES[name], _only(self._side or self._profile.plans[name].side)
            )
            self._judges[name] = Judge(EXERCISES[name], self._profile)
            self._from_s[name] = segment.start_s if segment.chosen else float("-inf")

    @property
    def plan(self) -> tuple[Segment, ...]:
        """Which exercise is counted when."""
        return self._plan

    def take_up(self, exercise: str, time_s: float) -> None:
        """Count another exercise from now on; ``time_s`` is that of the last pose."""
        self._plan = then(self._plan, exercise, time_s)
        self._look_for(self._plan[-1])

    def step(self, pose: Pose) -> Snapshot:
        """Take the next pose in (times strictly increasing) and return all that is known now."""
        return self.take(self._observer.observe(pose), pose)

    def take(self, observation: Observation, pose: Pose) -> Snapshot:
        """Take in a pose that an `Observer` of its own has looked at, for all poses from the first on."""
        self._ended = []
        events = self._watch_tracking(observation)
        counts = self._counts_at(observation.time_s)
        events += self._begin_stretches(observation.time_s)
        for name, counter in self._counters.items():
            if observation.time_s <= self._from_s[name]:
                continue
            was_open = counter.open_excursion
            movements = counter.step(observation)
            given_up = was_open and not counter.open_excursion and not movements
            self._uncertain |= counts and given_up and observation.time_s - self._unseen_s < UNSEEN_S
            events += self._settle(name, movements, observation.time_s)
            events += self._give_up(name, observation.time_s)
            alarms = self._judges[name].step(observation, counter.progress())
            events += self._alarm_events(name, alarms, observation.time_s)
        snapshot = self._snapshot(observation, tuple(events))
        self._add_up(observation, snapshot, pose, counts)
        return snapshot

    def finish(
        self,
        source: Source | None = None,
        software: Software | None = None,
        warnings: Sequence[str] = (),
        exercise_source: str = "given",
        not_recognised: Sequence[NotCounted] = (),
    ) -> Summary:
        """Close what is open and return the summary.

        Parameters
        ----------
        source, software : optional
            What was analysed by what; filled in from the poses as far as they tell when left out.
        warnings : Sequence[str]
            Codes known from elsewhere (``truncated``), put first.
        exercise_source : str
            ``given`` or ``recognised``.
        not_recognised : Sequence[NotCounted]
            What recognition saw and did not believe, where no exercise is counted.
        """
        if not self._plan:
            self._not_counted = list(not_recognised)
        for name, counter in self._counters.items() if not self._closed else ():
            closing = counter.close()
            self._uncertain |= self._counts_at(math.inf) and counter.open_excursion and not closing
            last_s = self._tallies.last_s
            self.closing_events += tuple(self._settle(name, closing, last_s, closed=True))
            self.closing_events += tuple(self._give_up(name, last_s, closed=True))
        self._closed = True
        return self._summary(source or self._own_source(), software or NO_SOFTWARE, warnings, exercise_source)

    # What happens with one pose

    def _watch_tracking(self, observation: Observation) -> list[Event]:
        now = observation.time_s
        if observation.reason is None:
            regained = [Event(now, "tracking_regained")] if self._lost else []
            self._seen_s, self._lost = now, False
            return regained
        self._unseen_s = now
        if self._seen_s is None or self._lost or now - self._seen_s < LOST_S:
            return []
        self._lost = True
        return [Event(now, "tracking_lost", (("reason", observation.reason),))]

    def _settle(
        self, name: str, movements: Sequence[Movement], now_s: float, *, closed: bool = False
    ) -> list[Event]:
        """Take in what has ended; with the recording (``closed``) it ends after everything."""
        events = []
        for movement in movements:
            run, cleared = self._judges[name].close(movement.side)
            events += self._alarm_events(name, cleared, now_s)
            described = assess(EXERCISES[name], movement)
            if isinstance(described, Refused):
                events += self._refuse(name, described, now_s, closed=closed)
                continue
            if not self._planned(name, described.start_s, described.end_s):
                continue
            stretch = self._stretch(described.start_s, math.inf if closed else now_s)
            ended = _Ended(name, described, run)
            if self.counting is not None and stretch is None:
                self._keep_waiting(ended, now_s)
                continue
            events += self._count(ended, stretch, now_s)
        return events

    def _count(self, ended: _Ended, stretch: Stretch | None, now_s: float) -> list[Event]:
        """Take in a repetition that counts."""
        name = ended.exercise
        described = self._after_the_one_before(name, ended.described)
        joints = reached(EXERCISES[name], described)
        described = stated(described, joints)
        same = None if stretch is None else stretch.set == self._last_stretch
        self._last_stretch = None if stretch is None else stretch.set
        self._sets = grow(self._sets, name, described, same)
        before = self._before(name, self._sets[-1].index)
        share = 1.0 if stretch is None else stretch.share_at(described.start_s)
        checks, raised = self._judges[name].verdicts(described, before, ended.run, share)
        events = self._alarm_events(name, raised, now_s)
        rep = _rep(len(self._reps) + 1, self._sets[-1], described, checks, joints)
        self._reps.append(rep)
        self._ended.append(rep)
        self._remember(name, rep.set, described)
        self._so_far = _counts(self._reps)
        self._exercise_of.append(name)
        for one in joints:
            self._reached.setdefault(one.key, []).append(one)
        events.append(_rep_event(rep, name, now_s))
        return events

    def _keep_waiting(self, ended: _Ended, now_s: float) -> None:
        """Keep a repetition that does not count now: a stretch may yet be opened that reaches back to it."""
        lately = (one for one in self._waiting if now_s - one.described.end_s <= WAITING_S)
        self._waiting = (*lately, ended)[-WAITING:]

    def _give_up(self, name: str, now_s: float, *, closed: bool = False) -> list[Event]:
        """Take in the movements of full size that came to nothing."""
        return [
            event
            for given_up in self._counters[name].given_up()
            for event in self._refuse(name, refused(EXERCISES[name], given_up), now_s, closed=closed)
        ]

    def _refuse(self, name: str, movement: Refused, now_s: float, *, closed: bool) -> list[Event]:
        """Note a movement that does not count, where a repetition would have counted."""
        counts = self.counting is None or self._stretch(movement.start_s, math.inf if closed else now_s)
        if not (movement.full and counts and self._planned(name, movement.start_s, movement.end_s)):
            return []
        noted = not_counted(name, movement)
        if not movement.noteworthy:
            self._others = [*self._others, noted][-MOST_OTHERS:]
            return []
        self._not_counted.append(noted)
        return [_not_counted_event(noted, now_s)]

    def _alarm_events(self, name: str, alarms: Sequence[Alarm], now_s: float) -> list[Event]:
        """Return what rules said, while their exercise is being done."""
        if self._active(now_s) != name:
            return []
        if self.counting is not None:
            alarms = [one for one in alarms if self._concerns(one, now_s)]
        for alarm in alarms:
            self._show(alarm, now_s)
        events = (_alarm_event(alarm, self._next_rep, now_s) for alarm in alarms)
        return [event for event in events if event is not None]

    def _concerns(self, alarm: Alarm, now_s: float) -> bool:
        """Whether an alarm belongs to what counts: raised while it does, or cleared after that."""
        if alarm.limit is None:
            return (alarm.rule.code, alarm.side) in self._raised
        return self._counts_at(now_s)

    def _show(self, alarm: Alarm, now_s: float) -> None:
        """Remember what is raised, for the snapshots."""
        key = (alarm.rule.code, alarm.side)
        if alarm.limit is None:
            self._raised.pop(key, None)
        elif alarm.rule.code != LIMIT_NEAR:
            until_s = math.inf if alarm.rule.when is When.HELD else now_s + LINGER_S
            self._raised[key] = (Raised(alarm.rule.code, alarm.limit.severity, alarm.side), until_s)

    def _now_raised(self, now_s: float) -> tuple[Raised, ...]:
        self._raised = {key: entry for key, entry in self._raised.items() if entry[1] > now_s}
        return tuple(
            sorted((one for one, _ in self._raised.values()), key=lambda one: -SEVERITIES.index(one.severity))
        )

    @property
    def _next_rep(self) -> int:
        return len(self._reps) + 1

    def _before(self, name: str, in_set: int) -> list[Described]:
        return [described for index, described in self._recent.get(name, []) if index == in_set]

    def _remember(self, name: str, in_set: int, described: Described) -> None:
        """Keep the last repetitions, without their poses, for rules about several."""
        bare = replace(described, movement=replace(described.movement, samples=()))
        kept = self._recent.setdefault(name, [])
        kept.append((in_set, bare))
        del kept[:-PACE_LIFTS]

    def _planned(self, name: str, start_s: float, end_s: float) -> bool:
        return any(segment.exercise == name and segment.covers(start_s, end_s) for segment in self._plan)

    def _stretch(self, start_s: float, known_s: float) -> Stretch | None:
        """Return the stretch in which a repetition counts, where only stretches do."""
        return next((one for one in self.counting or () if one.takes(start_s, known_s)), None)

    def _begin_stretches(self, now_s: float) -> list[Event]:
        """Where counting begins with this pose, nobody is on the way: getting into place looked like it.

        A stretch that reaches back takes the repetitions that waited for it.
        """
        events: list[Event] = []
        for one in self.counting or ():
            if self._tallies.last_s <= one.begun_s < now_s:
                for counter in self._counters.values():
                    counter.settle(one.start_s - EARLY_S)
                for ended in self._waiting:
                    if one.takes(ended.described.start_s, now_s):
                        events += self._count(ended, one, now_s)
                self._waiting = ()
        return events

    def _counts_at(self, time_s: float) -> bool:
        return self.counting is None or any(one.holds(time_s) for one in self.counting)

    def _after_the_one_before(self, name: str, described: Described) -> Described:
        """Two repetitions of the same leg never overlap, whatever their extrapolated edges say."""
        side = described.movement.side
        ends = [rep.end_s for rep in self._reps_of(name) if rep.side is side]
        if not ends or described.start_s >= ends[-1]:
            return described
        return replace(described, start_s=min(ends[-1], described.peak_s))

    def _reps_of(self, name: str) -> list[Rep]:
        return [rep for rep, exercise in zip(self._reps, self._exercise_of, strict=True) if exercise == name]

    def _active(self, time_s: float) -> str:
        """Return the exercise of this moment: of its segment, else of the last one that began."""
        begun = [s for s in self._plan if s.start_s <= time_s] or list(self._plan[:1])
        return begun[-1].exercise if begun else UNKNOWN

    def _snapshot(self, observation: Observation, events: tuple[Event, ...]) -> Snapshot:
        name = self._active(observation.time_s)
        counter = self._counters.get(name)
        signal = counter.signal if counter else float("nan")
        valid = not isnan(signal) if counter else observation.reason is None
        counts = self._so_far
        angles, bands = angles_of(observation)
        return Snapshot(
            frame=observation.frame,
            time_s=observation.time_s,
            pose=observation.pose,
            valid=valid,
            reason=None if valid else _why_invalid(name, observation),
            posture=observation.posture,
            view=view_record(observation.label, yaw_deg(observation.axes), _need(name), observation.posture),
            camera_side=observation.camera_side,
            angles=angles,
            bands=bands,
            estimate=None if observation.body is None else observation.body.estimate,
            signal=signal,
            phase=counter.phase if counter else Phase.REST,
            working_side=counter.working_side if counter else None,
            exercise=name,
            complete=counts.complete,
            partial=counts.partial,
            left=counts.left or 0,
            right=counts.right or 0,
            events=events,
            raised=self._now_raised(observation.time_s),
            reps=tuple(self._ended),
            waiting=tuple(_waiting(one) for one in self._waiting if one.exercise == name),
        )

    def _add_up(self, observation: Observation, snapshot: Snapshot, pose: Pose, counts: bool) -> None:
        tallies = self._tallies
        tallies.first_s = tallies.first_s if tallies.frames else pose.time_s
        tallies.frames += 1
        tallies.last_s = pose.time_s
        tallies.size = pose.frame_size
        if not counts:
            return
        tallies.counting += 1
        tallies.detected += pose.detected
        tallies.valid += snapshot.valid
        tallies.crowded += pose.people > 1
        if snapshot.valid:
            key = (observation.label, observation.posture, observation.camera_side)
            self._views.setdefault(snapshot.exercise, Tally())[key] += 1
            yaws = self._yaws.setdefault((snapshot.exercise, observation.label), [])
            yaws.append(yaw_deg(observation.axes))

    # The summary

    def _own_source(self) -> Source:
        tallies = self._tallies
        width, height = tallies.size
        return replace(
            NO_SOURCE,
            duration_s=tallies.last_s,
            frames=tallies.frames,
            frames_analysed=tallies.frames,
            width=width,
            height=height,
        )

    def _summary(
        self, source: Source, software: Software, warnings: Sequence[str], exercise_source: str
    ) -> Summary:
        name = self._main_exercise()
        chosen = [segment.confidence for segment in self._plan if segment.exercise == name]
        view, camera_side = self._usual_view(name)
        quality = self._quality(name, view, warnings)
        return Summary(
            source=source,
            exercise=name,
            exercise_source=exercise_source,
            exercise_confidence=max(chosen, default=0.0),
            camera_side=camera_side,
            affected_side=self._affected_side,
            view=view,
            sets=self._sets,
            reps=_counts(self._reps_of(name), name),
            rep_list=tuple(self._reps),
            faults=_fault_totals(self._reps, name),
            range_of_motion=self._ranges(),
            quality=quality,
            profile=ProfileRef(self._profile_name(), self._profile.sha256),
            software=software,
            not_counted=self._uncounted(),
        )

    def _profile_name(self) -> str:
        """Return the profile's name, with the share of the range where less was agreed on for today."""
        shares = [one.range_share for one in self.counting or () if one.range_share < 1.0]
        return f"{self._profile.name} ({min(shares):.0%} of the range)" if shares else self._profile.name

    def _uncounted(self) -> tuple[NotCounted, ...]:
        """Return the movements of full size that do not count; of a recording without any that does, all."""
        others = [] if any(rep.complete for rep in self._reps) else self._others
        return tuple(sorted((*self._not_counted, *others), key=lambda one: one.start_s))

    def _main_exercise(self) -> str:
        """Return the exercise with most repetitions; of none, the first planned."""
        if not self._plan:
            return UNKNOWN
        counted = Tally(name for name, rep in zip(self._exercise_of, self._reps, strict=True) if rep.complete)
        return max((s.exercise for s in self._plan), key=lambda name: counted[name])

    def _usual_view(self, name: str) -> tuple[View, Side | None]:
        tally = self._views.get(name)
        if not tally:
            return View(reason="the exercise was not seen"), None
        label, posture, side = tally.most_common(1)[0][0]
        return view_record(label, median(self._yaws[name, label]), _need(name), posture), side

    def _quality(self, name: str, view: View, warnings: Sequence[str]) -> Quality:
        tallies = self._tallies
        frames = max(tallies.counting, 1)
        valid = tallies.valid / frames
        seen_s = tallies.last_s - tallies.first_s
        rate_low = tallies.frames > 1 and (tallies.frames - 1) < LOW_FRAME_RATE_HZ * seen_s
        own = {
            "low_frame_rate": rate_low,
            "unknown_exercise": name == UNKNOWN,
            "several_exercises": len({one.exercise for one in self._sets}) > 1,
            "second_person": tallies.crowded > SECOND_PERSON_SHARE * frames,
            "low_coverage": valid < LOW_COVERAGE,
            "view_unusable": name != UNKNOWN and not view.assessable,
            "count_uncertain": self._uncertain,
            "limit_exceeded": any(check.code == RANGE_LIMIT and check.severity for check in self._checks()),
            "long_repetition": any(rep.end_s - rep.start_s > LONG_S for rep in self._reps),
            "no_rest_posture": bool(self._reps) and all(_without_rest(rep) for rep in self._reps),
        }
        codes = dict.fromkeys([*warnings, *(code for code, holds in own.items() if holds)])
        return Quality(
            pose_detected_fraction=tallies.detected / frames,
            valid_fraction=valid,
            needs_review=bool(codes) or not any(rep.complete for rep in self._reps) or self._stopped(),
            warnings=tuple(codes),
        )

    def _checks(self) -> list[FaultCheck]:
        return [check for rep in self._reps for check in rep.faults]

    def _stopped(self) -> bool:
        return any(check.severity is Severity.STOP for check in self._checks())

    def _ranges(self) -> dict[str, Sides]:
        """Return the range of every joint over the repetitions: hips and knees, and what else was reached."""
        joints = [*JOINTS, *(joint for joint, side in self._reached if self._range((joint, side)))]
        return {
            joint: Sides(self._range((joint, Side.LEFT)), self._range((joint, Side.RIGHT)))
            for joint in dict.fromkeys(joints)
        }

    def _range(self, key: tuple[str, Side]) -> JointRange | None:
        return joint_range(self._reached.get(key, ()))


def _only(side: str) -> Side | None:
    """Return the one working side that is counted, None for all."""
    return Side(side) if side in tuple(Side) else None


def _need(name: str) -> str | None:
    return EXERCISES[name].needs if name in EXERCISES else None


def _why_invalid(name: str, observation: Observation) -> str:
    if observation.reason is not None:
        return observation.reason
    if name in EXERCISES and observation.posture not in EXERCISES[name].postures:
        return f"not in the position for the {EXERCISES[name].title.lower()}"
    return "a joint that is needed is not visible"


def _rep(
    index: int,
    in_set: Set,
    described: Described,
    checks: tuple[FaultCheck, ...],
    joints: Sequence[Reached],
) -> Rep:
    assessed = sum(check.verdict is not FaultVerdict.NOT_ASSESSED for check in checks)
    return Rep(
        index=index,
        set=in_set.index,
        side=described.movement.side,
        start_s=described.start_s,
        peak_s=described.peak_s,
        end_s=described.end_s,
        signal=described.reported.name,
        signal_unit=described.reported.unit,
        peak=_known(described.peak),
        range=_known(described.range),
        error=_known(described.error),
        outbound_s=max(0.0, described.peak_s - described.start_s),
        hold_s=max(0.0, described.release_s - described.peak_s),
        return_s=max(0.0, described.end_s - described.release_s),
        peak_velocity=_known(described.peak_velocity) if rate_hz(described) >= SPEED_HZ else None,
        valid_fraction=described.valid_fraction,
        verdict=_verdict(in_set.exercise, checks) if described.complete else Verdict.PARTIAL,
        checks=Checks(assessed=assessed, of=len(checks)),
        faults=checks,
        joints=tuple(one.joint for one in joints),
    )


def _without_rest(rep: Rep) -> bool:
    return any(check.reason == NO_REST for check in rep.faults)


def _verdict(exercise: str, checks: Sequence[FaultCheck]) -> Verdict:
    """Return the verdict of a complete repetition (product definition)."""
    if any(check.severity in GRAVE for check in checks):
        return Verdict.FAULTY
    weighty = {
        rule.code
        for rule in EXERCISES[exercise].rules
        if rule.code == RANGE_LIMIT or any(limit.severity in GRAVE for limit in rule.limits)
    }
    judged = (check.code for check in checks if check.verdict is not FaultVerdict.NOT_ASSESSED)
    return Verdict.GOOD if any(code in weighty for code in judged) else Verdict.NOT_ASSESSED


def _alarm_event(alarm: Alarm, rep: int, now_s: float) -> Event | None:
    """Return the event of a rule that was raised or cleared; nearing a limit has no clearing."""
    rule, limit = alarm.rule, alarm.limit
    if rule.code == LIMIT_NEAR:
        if limit is None:
            return None
        details = (("rep", rep), ("measure", rule.plan_key), ("value", alarm.value), ("limit", limit.on))
        return Event(now_s, "limit_near", details)
    if limit is None:
        return Event(now_s, "fault_cleared", (("rep", rep), ("code", rule.code)))
    return Event(
        now_s,
        "fault_raised",
        (
            ("rep", rep),
            ("code", rule.code),
            ("severity", limit.severity.value),
            ("value", alarm.value),
            ("unit", rule.unit),
            ("limit", limit.on),
        ),
    )


def _waiting(ended: _Ended) -> Waiting:
    one = ended.described
    return Waiting(one.movement.side, one.start_s, one.end_s, one.movement.span.excursion, one.complete)


def _known(value: float) -> float | None:
    return value if not isnan(value) else None


def _rep_event(rep: Rep, name: str, now_s: float) -> Event:
    details: tuple[tuple[str, str | float | int | None], ...] = (
        ("rep", rep.index),
        ("set", rep.set),
        ("exercise", name),
        ("side", None if rep.side is None else rep.side.value),
        ("start_s", rep.start_s),
        ("end_s", rep.end_s),
    )
    return Event(now_s, "rep_completed" if rep.complete else "rep_partial", details)


def not_counted(name: str, movement: Refused) -> NotCounted:
    """Return the record of a movement that does not count."""
    span = movement.movement.span
    return NotCounted(
        exercise=name,
        side=movement.movement.side,
        start_s=movement.start_s,
        peak_s=span.peak_s,
        end_s=movement.end_s,
        signal=movement.reported.name,
        signal_unit=movement.reported.unit,
        size=_known(movement.size),
        reason=movement.reason,
    )


def _not_counted_event(noted: NotCounted, now_s: float) -> Event:
    details: tuple[tuple[str, str | float | int | None], ...] = (
        ("exercise", noted.exercise),
        ("side", None if noted.side is None else noted.side.value),
        ("start_s", noted.start_s),
        ("end_s", noted.end_s),
        ("reason", noted.reason),
    )
    return Event(now_s, "rep_not_counted", details)


def _counts(reps: Sequence[Rep], name: str | None = None) -> RepCounts:
    """Return the totals; left and right only where legs count apart."""
    complete = [rep for rep in reps if rep.complete]
    sides = Tally(rep.side for rep in complete)
    apart = name is None or (name in EXERCISES and EXERCISES[name].legs is Legs.EACH)
    return RepCounts(
        complete=len(complete),
        partial=len(reps) - len(complete),
        left=sides[Side.LEFT] if apart else None,
        right=sides[Side.RIGHT] if apart else None,
    )


def _fault_totals(reps: Sequence[Rep], name: str) -> dict[str, FaultTotals]:
    totals: dict[str, FaultTotals] = {}
    codes = list(EXERCISES[name].codes) if name in EXERCISES else []
    codes += [fault.code for rep in reps for fault in rep.faults]
    for code in dict.fromkeys(codes):
        checks = [fault for rep in reps for fault in rep.faults if fault.code == code]
        verdicts = Tally(check.verdict for check in checks)
        reasons = Tally(check.reason for check in checks if check.reason)
        totals[code] = FaultTotals(
            present=verdicts[FaultVerdict.PRESENT],
            absent=verdicts[FaultVerdict.ABSENT],
            not_assessed=verdicts[FaultVerdict.NOT_ASSESSED],
            reason=reasons.most_common(1)[0][0] if reasons else None,
        )
    return totals
