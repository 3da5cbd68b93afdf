"""Tables of people's own: read as they are written, scaled, and refused in one sentence."""

import os
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from neuralstudio.data import table
from neuralstudio.data.sets.columns import Columns
from neuralstudio.data.table import column_names, read_table
from neuralstudio.schema.problem import ProblemError
from tests.data.test_plane_sets import whole

FLOWERS = "length,width,colour\n1.5,10,red\n2.5,20,blue\n3.5,30,red\n4.5,50,blue\n5.5,40,red\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "flowers.csv"


def written(file: Path, text: str, encoding: str = "utf-8") -> Columns:
    file.write_bytes(text.encode(encoding))
    return Columns(file=str(file))


def refusal(dataset: Columns) -> tuple[str, str]:
    with pytest.raises(ProblemError) as refused:
        dataset.load(0)
    (problem,) = refused.value.problems
    assert problem.remedy.endswith(".")
    assert dataset.signature.classes == ("orange", "blue"), "of a table that is wrong nothing is known"
    return str(problem), problem.field


def test_words_become_classes_and_columns_reach_from_minus_five_to_five(file: Path) -> None:
    dataset = written(file, FLOWERS)
    signature, data = dataset.signature, dataset.load(1)
    assert data.signature == signature
    assert signature.classes == ("blue", "red")
    assert signature.features == ("length", "width")
    assert [(each.name, each.low, each.high) for each in signature.columns] == [
        ("length", 1.5, 5.5),
        ("width", 10, 50),
    ]
    samples = whole(data)
    assert samples.inputs.min(axis=0).tolist() == [-5, -5]
    assert samples.inputs.max(axis=0).tolist() == [5, 5]
    real = [each.real(samples.inputs[:, place]) for place, each in enumerate(signature.columns)]
    rows = sorted(zip(*(each.round(4).tolist() for each in real), samples.targets.tolist(), strict=True))
    assert rows == [(1.5, 10, 1), (2.5, 20, 0), (3.5, 30, 1), (4.5, 50, 0), (5.5, 40, 1)]
    assert data.note == ""


def test_numbers_are_predicted_between_minus_one_and_one_unless_they_are_to_be_classes(file: Path) -> None:
    written(file, "a,b,price\n1,2,100\n2,1,300\n3,5,200\n4,4,100\n")
    numbers = Columns(file=str(file)).load(1)
    (price,) = numbers.signature.predicted
    assert (price.name, price.low, price.high) == ("price", 100, 300)
    found = np.concatenate((numbers.train.targets, numbers.test.targets))
    assert sorted(found[:, 0].tolist()) == [-1, -1, 0, 1]
    classes = Columns(file=str(file), task="classes").load(1)
    assert classes.signature.classes == ("100", "200", "300")
    assert set(classes.train.targets.tolist()) == {0, 1, 2}


def test_classes_that_are_numbers_are_in_order_of_size(file: Path) -> None:
    rows = "".join(f"{i},{i * i},{[9, 10, 2][i % 3]}\n" for i in range(12))
    written(file, f"a,b,c\n{rows}")
    assert Columns(file=str(file), task="classes").signature.classes == ("2", "9", "10")


def test_columns_are_chosen_by_name(file: Path) -> None:
    written(file, "id,a,b,c,d\n1,5,9,x,0\n2,6,8,y,1\n3,7,7,x,0\n4,8,3,y,1\n")
    assert Columns(file=str(file)).signature.features == ("id", "a")
    chosen = Columns(file=str(file), across="b", up="a", target="c").signature
    assert (chosen.features, chosen.classes) == (("b", "a"), ("x", "y"))
    partly = Columns(file=str(file), across="b", target="c").signature
    assert partly.features == ("b", "id")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Länge;Höhe;Art\n1,5;-2;α\n2,5;1.000,5;β\n3,5;4;α\n4,5;5;β\n", "utf-8"),
        ("Länge\tHöhe\tArt\n1,5\t−2\tα\n2,5\t1000,5\tβ\n3,5\t4\tα\n4,5\t5\tβ\n", "utf-8-sig"),
        ('"Länge","Höhe","Art"\r\n"1.5", -2,α\r\n2.5,1000.5,"β"\r\n\r\n3.5,4,α\r\n4.5,5,β', "utf-8"),
        ("Länge|Höhe|Art\n1.5|-2|α\n2.5|1.0005e3|β\n3.5|4.|α\n4.5|5|β\n", "utf-16"),
    ],
)
def test_separators_decimal_commas_quotes_and_encodings_are_found_out(
    file: Path, text: str, encoding: str
) -> None:
    signature = written(file, text, encoding).signature
    assert signature.features == ("Länge", "Höhe")
    assert [(each.low, each.high) for each in signature.columns] == [(1.5, 4.5), (-2, 1000.5)]
    assert signature.classes == ("α", "β")


def test_a_table_without_names_gets_some(file: Path) -> None:
    assert written(file, "1,2,3\n4,5,7\n6,4,5\n7,7,8\n").signature.features == ("Column 1", "Column 2")
    assert column_names(file) == ("Column 1", "Column 2", "Column 3")


def test_names_that_come_twice_are_told_apart(file: Path) -> None:
    written(file, "a,a,a\n1,2,3\n")
    assert column_names(file) == ("a", "a (2)", "a (3)")


def test_rows_with_a_missing_value_are_left_out_and_counted(file: Path) -> None:
    gaps = FLOWERS + ",10,red\n3,NA,red\n4,5,?\n"
    data = written(file, gaps).load(1)
    assert len(whole(data)) == 5
    assert data.note == "3 rows are left out because a value is missing."
    assert (
        written(file, FLOWERS + ",10,red\n").load(1).note == "1 row is left out because a value is missing."
    )


def test_a_missing_value_in_another_column_does_not_matter(file: Path) -> None:
    data = written(file, "a,b,c,d\n1,2,,x\n2,3,,y\n3,4,,x\n4,4,,y\n").load(1)
    assert (len(whole(data)), data.note) == (4, "")


LONG = "".join(f"{i},{i % 7},{i}\n" for i in range(20))


@pytest.mark.parametrize(
    ("text", "settings_", "sentence", "field"),
    [
        ("", {}, "flowers.csv: The file is empty", "file"),
        (" \n\n", {}, "flowers.csv: The file is empty", "file"),
        ("a,b,c\n", {}, "flowers.csv: It has too few columns of numbers", "file"),
        ("a,b\n1,2\n", {}, "flowers.csv: It has 2 of the three columns needed", "file"),
        ("a,b,c\n1,2,3\n1,2\n", {}, "flowers.csv: Line 3 has 2 cells, but the first has 3", "file"),
        ("a,b,c\n1,2,3\n1\n", {}, "flowers.csv: Line 3 has 1 cell, but the first has 3", "file"),
        ("a,b,c\n1,2,x\n2,3,y\n", {}, "flowers.csv: It has 2 complete rows", "file"),
        (
            FLOWERS,
            {"across": "depth"},
            "flowers.csv: It has no column “depth”. Its columns are length, width",
            "across",
        ),
        (FLOWERS, {"up": "colour"}, "flowers.csv: “colour” should hold numbers, but row 1 has “red”", "up"),
        (
            FLOWERS,
            {"task": "numbers"},
            "flowers.csv: “colour” should hold numbers, but row 1 has “red”",
            "target",
        ),
        (FLOWERS, {"across": "width", "up": "width"}, "flowers.csv: “width” is chosen twice", "across"),
        (FLOWERS.replace("blue", "red"), {}, "flowers.csv: “colour” is “red” in every row", "target"),
        ("a,b,c\n1,2,3\n1,3,4\n1,4,5\n1,5,6\n", {}, "flowers.csv: “a” is 1 in every row", "across"),
        (
            "a,b,c\n" + LONG,
            {"task": "classes"},
            "flowers.csv: “c” has 20 different values, and at most 10",
            "target",
        ),
        (
            "a,b,c\n1,oops,3\n2,2,3\n",
            {"up": "b"},
            "flowers.csv: “b” should hold numbers, but row 1 has “oops”",
            "up",
        ),
        (
            "a,b,c\n1,1e999,3\n2,2,3\n",
            {"up": "b"},
            "flowers.csv: “b” should hold numbers, but row 1 has “1e9",
            "up",
        ),
        ("a\0b,c,d\n", {}, "flowers.csv: This is no table of text", "file"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_in_one_sentence(
    file: Path, text: str, settings_: dict[str, str], sentence: str, field: str
) -> None:
    file.write_text(text, encoding="utf-8")
    said, where = refusal(Columns(file=str(file), **settings_))  # type: ignore[arg-type]
    assert said.startswith(sentence)
    assert where == field
    assert "\n" not in said


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    assert refusal(Columns())[0].startswith("Table: No table is chosen yet")
    assert refusal(Columns(file=str(tmp_path / "none.csv")))[0].startswith("none.csv: There is no such file")
    assert refusal(Columns(file=str(tmp_path)))[0].endswith(
        "This is a folder, not a file. Choose a table in it."
    )
    latin = tmp_path / "latin.csv"
    latin.write_bytes("a,b,c\n1,2,grün\n".encode("latin-1"))
    said = "latin.csv: The file is not text in UTF-8: line 2 has other bytes. Save it again as CSV"
    assert refusal(Columns(file=str(latin)))[0].startswith(said)


def test_a_table_too_large_is_refused_before_it_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with file.open("wb") as sparse:
        sparse.truncate(table.LIMIT + 1)
    assert "but at most 8 MB are read" in refusal(Columns(file=str(file)))[0]
    file.write_text("a,b,c\n" + "1,2,3\n" * (table.MOST_ROWS + 1))
    assert refusal(Columns(file=str(file)))[0].startswith("flowers.csv: The table has more than 50,000 rows")
    file.write_text(",".join(f"c{i}" for i in range(501)) + "\n")
    assert refusal(Columns(file=str(file)))[0].startswith("flowers.csv: The table has more than 500 columns")


def test_a_file_that_has_changed_is_read_again(file: Path) -> None:
    dataset = written(file, FLOWERS)
    before = dataset.signature
    file.write_text(FLOWERS.replace("red", "green"))
    os.utime(file, ns=(1, 1))
    assert (before.classes, dataset.signature.classes) == (("blue", "red"), ("blue", "green"))


def test_names_are_learnt_from_the_beginning_of_a_long_file(file: Path) -> None:
    file.write_text("a;b;c\n" + "1;2;3\n" * 40_000)
    assert column_names(file) == ("a", "b", "c")


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    raw=st.binary(max_size=200) | st.text('ab1,;\t."|\n- ', max_size=200).map(str.encode), n=st.integers(0)
)
@example(raw=b'"' + b"a" * 140_000 + b'",b,c\n', n=0)
@example(raw=b"\xff\xfea", n=1)
def test_any_bytes_are_read_or_refused_in_words(file: Path, raw: bytes, n: int) -> None:
    file.write_bytes(raw)
    os.utime(file, ns=(n % 2**60, random.Random(raw).randrange(2**60)))
    refusals: list[ProblemError] = []
    for attempt in (
        lambda: Columns(file=str(file)).load(n % 1000),
        lambda: column_names(file),
        lambda: read_table(file),
    ):
        try:
            attempt()
        except ProblemError as error:
            refusals.append(error)
    assert all(problem.field for error in refusals for problem in error.problems)
