import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepworks.agent.arguments import Known, render, render_command
from stepworks.errors import InvalidInput
from stepworks.graph.document import Command, InputPath, OutputPath, ParameterValue, Text

KNOWN = Known({"raw": "/data/raw"}, {"made": "/out/made"}, {"rate": "0.5"})


def test_parts_of_an_argument_are_joined():
    arguments = (
        (Text("--in"),),
        (Text("x="), InputPath("raw"), Text(",y="), OutputPath("made")),
        (ParameterValue("rate"),),
        (),
    )
    assert render(arguments, KNOWN) == ["--in", "x=/data/raw,y=/out/made", "0.5", ""]


@pytest.mark.parametrize("part", [InputPath("other"), OutputPath("other"), ParameterValue("other")])
def test_an_argument_that_names_something_unknown_says_what_there_is(part):
    with pytest.raises(InvalidInput, match=r"'other', which the step does not have. It has: (raw|made|rate)"):
        render(((part,),), KNOWN)


def test_a_command_is_its_arguments_with_spaces_between():
    command = Command(((Text("cat"),), (InputPath("raw"),), (Text(">"),), (OutputPath("made"), Text("/x"))))
    assert render_command(command, KNOWN) == "cat /data/raw > /out/made/x"


@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("'", "'"), ('"', '"'), ("'a' ", " b"), ('"it\'s "', ""), ("a\\'", ""), ("$(true)", "")],
)
@given(value=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
@settings(max_examples=15, deadline=None)
def test_a_value_in_a_command_stays_one_word_and_runs_nothing(before, after, value):
    command = Command(((Text("printf '[%s]'"),), (Text(before), ParameterValue("v"), Text(after))))
    line = render_command(command, Known({}, {}, {"v": value}))
    plain = render_command(command, Known({}, {}, {"v": "VALUE"}))
    shown = [subprocess.run(["/bin/sh", "-c", text], capture_output=True, check=True).stdout for text in (line, plain)]
    assert shown[0].decode() == shown[1].decode().replace("VALUE", value)
