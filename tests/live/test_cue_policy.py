from formcheck.exercises import EXERCISES
from formcheck.live.cue_policy import (
    SPOKEN,
    PolicyState,
    Step,
    consider,
    spoken_codes,
    work_on,
)
from formcheck.profile import STANDARD, CheckSetting, ExercisePlan
from formcheck.report.cues import CUES
from formcheck.results import Event, Severity, ViewLabel

REP_S = 5.0
ALL = frozenset(CUES)


def raised(code, severity="improve", time_s=0.0):
    return Event(time_s, "fault_raised", (("rep", 1), ("code", code), ("severity", severity)))


def rep(time_s=0.0, kind="rep_completed"):
    return Event(time_s, kind)


def heard(reps, spoken=SPOKEN, rep_s=REP_S, view=ViewLabel.SIDE, **more):
    """Say for each repetition what was raised in it; return (repetition, when, cue) of what is said."""
    state, out = PolicyState(), []
    for index, codes in enumerate(reps):
        start = index * rep_s
        moments = [
            (start + rep_s / 2, [raised(*code.split("!")[:1], "correct" if "!" in code else "improve")])
            for code in codes
        ]
        for now, events in [*moments, (start + rep_s - 0.1, [rep()])]:
            state, cue = consider(state, now, events, spoken, view=view, **more)
            if cue:
                code = cue.code if cue.step is Step.SAY else cue.step.value
                out.append((index, "during" if now < start + rep_s - 0.1 else "after", code))
    return out, state


def test_there_are_twelve_and_each_belongs_to_an_exercise():
    assert len(SPOKEN) == 12
    assert {code for exercise in EXERCISES.values() for code in exercise.codes} >= SPOKEN
    assert set(CUES) >= SPOKEN


def test_silence_when_all_is_well():
    assert heard([[]] * 8)[0] == []


def test_improve_is_said_when_present_in_two_of_three():
    assert heard([["forward_lean"], [], []])[0] == []
    assert heard([["forward_lean"], [], ["forward_lean"], []])[0][0] == (2, "after", "forward_lean")


def test_correct_is_said_at_once():
    assert heard([["forward_lean!"]])[0] == [(0, "during", "forward_lean")]


def test_better_when_it_clears_after_it_was_said():
    said, state = heard([["forward_lean!"], [], []])
    assert said == [(0, "during", "forward_lean"), (1, "after", "better")]
    assert state.improved == {"forward_lean"}


def test_no_better_when_it_does_not_clear_or_is_seen_from_elsewhere():
    assert "better" not in [cue for _, _, cue in heard([["forward_lean!"]] * 6)[0]]
    state, _ = consider(PolicyState(), 1.0, [raised("forward_lean", "correct")], view=ViewLabel.SIDE)
    state, _ = consider(state, 2.0, [rep()], view=ViewLabel.SIDE)
    _, cue = consider(state, 8.0, [rep()], view=ViewLabel.OBLIQUE)
    assert cue is None


def test_any_cue_at_most_twice_a_set_and_not_again_within_three_repetitions():
    said = heard([["forward_lean!"]] * 12)[0]
    assert [index for index, _, code in said if code == "forward_lean"] == [0, 3]


def test_what_stays_after_two_cues_is_made_easier_and_then_the_set_is_left():
    """Knees that fall in in eight of eight: two cues, an easier version, the end of the set."""
    said = heard([["knee_valgus!"]] * 8)[0]
    assert said == [
        (0, "during", "knee_valgus"),
        (3, "during", "knee_valgus"),
        (4, "after", "easier"),
        (6, "after", "end_set"),
    ]


def test_a_detail_that_stays_is_made_easier_and_ends_nothing():
    said = heard([["forward_lean"]] * 12)[0]
    assert [code for _, _, code in said] == ["forward_lean", "forward_lean", "easier"]


def test_where_it_is_easier_already_the_set_is_left_after_two_more():
    said = heard([["knee_valgus!"]] * 8, smaller=True)[0]
    assert said[-1] == (5, "after", "end_set")
    assert "easier" not in [code for _, _, code in said]


def test_what_cleared_after_the_second_cue_is_not_escalated():
    said = heard([["knee_valgus!"]] * 4 + [[], [], ["knee_valgus!"], []])[0]
    assert {"easier", "end_set"}.isdisjoint(code for _, _, code in said)


def test_one_cue_per_repetition_and_the_gravest_first():
    said = heard([["neck_lift", "forward_lean"]] * 2 + [["neck_lift", "forward_lean!"]])[0]
    assert len({index for index, _, _ in said}) == len(said)
    both = heard([["feet_apart"], ["feet_apart", "forward_lean"], ["forward_lean", "feet_apart"]])[0]
    assert both[0] == (1, "after", "feet_apart")


def test_persistence_decides_between_equals():
    said = heard([["neck_lift"], ["neck_lift"], ["neck_lift", "feet_apart"]], rep_s=1.5)[0]
    assert said[0][2] == "neck_lift"


def test_four_seconds_between_cues():
    said = heard([["forward_lean!"], ["feet_apart!"], ["neck_lift!"]], rep_s=1.5)[0]
    assert [cue for _, _, cue in said] == ["forward_lean"]


def test_only_the_twelve_by_default_and_range_cues_once():
    assert heard([["shallow_depth"]] * 6)[0] == []
    said = heard([["shallow_depth"]] * 9, spoken=ALL)[0]
    assert [cue for _, _, cue in said] == ["shallow_depth"]


def test_a_plan_decides_what_is_spoken():
    plan = ExercisePlan(
        70.0,
        checks={
            "heel_lift": CheckSetting(severity=Severity.CORRECT),
            "forward_lean": CheckSetting(enabled=False),
        },
    )
    assert "heel_lift" in spoken_codes(plan)
    assert "forward_lean" not in spoken_codes(plan)
    assert "range_limit" in spoken_codes(STANDARD.plans["squat"])


def test_stop_is_said_whatever_was_said_before_and_even_when_not_judging():
    state, _ = consider(PolicyState(), 1.0, [raised("forward_lean", "correct")])
    state, cue = consider(state, 1.5, [raised("loss_of_balance", "stop")], judging=False)
    assert (cue.code, cue.severity) == ("loss_of_balance", Severity.STOP)


def test_a_stop_is_not_believed_of_what_may_be_somebody_elses_body():
    _, cue = consider(PolicyState(), 1.5, [raised("loss_of_balance", "stop")], stops=False)
    assert cue is None


def test_nothing_is_said_of_what_cannot_be_judged():
    assert heard([["forward_lean!"]] * 3, judging=False)[0] == []


def test_nearing_a_limit_is_said_calmly():
    _, cue = consider(PolicyState(), 1.0, [Event(1.0, "limit_near", (("rep", 1),))])
    assert cue.text == "That's far enough."


def test_the_summary_names_what_was_present_most_often_and_has_not_changed():
    _, lean = heard([["forward_lean"]] * 3 + [["forward_lean", "weight_shift"]] * 2)
    assert work_on([lean]) == "forward_lean"
    _, changed = heard([["forward_lean!"], ["forward_lean"], [], []])
    assert work_on([changed]) is None
    assert work_on([heard([["forward_lean"]])[1]]) is None
