"""SUT profiles: what is read, and the one line that says what is wrong."""

import hashlib
from pathlib import Path

import pytest

from conformance.sut.ixit import Ixit, keys, parse_path, split_address
from conformance.sut.profile import ProfileError, load_profile

SUT = '[sut]\nname = "Some Device 2.0"\nrole = "device"\nlwm2m = ["1.0", "1.1"]\n'
ADAPTER = '[adapter]\nkind = "command"\nstart = ["./device", "{server_uri}"]\n'
GOOD = SUT + ADAPTER


def refused(folder: Path, text: str | bytes) -> str:
    file = folder / "sut.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ProfileError) as caught:
        load_profile(file)
    line = str(caught.value)
    assert line.startswith(str(file))
    assert "\n" not in line
    return line.removeprefix(f"{file}: ")


def test_a_good_profile(tmp_path: Path) -> None:
    text = (
        GOOD
        + 'cwd = "work"\n[adapter.with]\npsk = ["--psk", "{psk_identity}"]\n'
        + "[ics]\nqueue_mode = true\n"
        + '[ixit]\nreaction_time = 2\nwritable_integer = "/3442/0/120"\n'
        + 'psk_identity = "meter"\npsk_key_hex = "C0FFEE"\n'
        + "creatable_values = { 5700 = 1.5 }\ncreatable_object = 3303\n"
    )
    file = tmp_path / "sut.toml"
    file.write_text(text, encoding="utf-8")
    profile = load_profile(file)
    assert profile.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert (profile.slug, profile.isolation, profile.stop) == ("some-device-2.0", "process", "sigterm")
    assert profile.instances is None
    assert profile.cwd == tmp_path / "work"
    assert profile.adapter.options == {"psk": ["--psk", "{psk_identity}"]}
    assert profile.ics()["queue_mode"] is True
    assert profile.ixit.writable_integer == (3442, 0, 120)
    assert profile.ixit.reaction_time == 2.0
    assert (profile.ixit.has("writable_integer"), profile.ixit.has("executable")) == (True, False)
    assert list(profile.ixit.writable()) == [("integer", (3442, 0, 120))]
    assert "c0ffee" not in repr(profile).lower()
    assert set(profile.ixit.secrets()) == {"C0FFEE", "c0ffee"}
    assert profile.ixit.merged(lifetime=5).lifetime == 5


@pytest.mark.parametrize(
    ("prefer", "order"),
    [("", ["1.2", "1.1", "1.0"]), ('prefer = "1.1"\n', ["1.1", "1.2", "1.0"])],
)
def test_the_preferred_version_comes_first(tmp_path: Path, prefer: str, order: list[str]) -> None:
    file = tmp_path / "sut.toml"
    sut = '[sut]\nname = "Some Device"\nrole = "device"\nlwm2m = ["1.1", "1.0", "1.2"]\n' + prefer
    file.write_text(sut + ADAPTER, encoding="utf-8")
    profile = load_profile(file)
    assert profile.sut.versions == order
    assert profile.ics().lwm2m == order[0]


def test_attach_has_one_instance_and_no_isolation(tmp_path: Path) -> None:
    file = tmp_path / "sut.toml"
    file.write_text(SUT + '[adapter]\nkind = "attach"\n', encoding="utf-8")
    profile = load_profile(file)
    assert (profile.instances, profile.isolation) == (1, "none")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"nothing\.toml: no such file, expected a SUT profile"):
        load_profile(tmp_path / "nothing.toml")
    with pytest.raises(ProfileError, match="Is a directory"):
        load_profile(tmp_path)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"[sut]\nname = \xff\n", "byte 13 is not UTF-8, expected a TOML file"),
        ("[sut]\nname Device\n", "(at line 2, column 6)"),
        ("", "sut: missing, expected this section (1 more after this one)"),
        (SUT, "adapter: missing, expected this section"),
        (GOOD + "[ixti]\n", "ixti: unknown key, did you mean 'ixit'?, expected one of sut adapter ics ixit"),
        (
            SUT + 'prefer = "1.2"\n' + ADAPTER,
            'sut.prefer: found "1.2", expected one of sut.lwm2m: 1.0, 1.1',
        ),
        (GOOD + 'isolaton = "none"\n', "adapter.isolaton: unknown key, did you mean 'isolation'?"),
        (GOOD + '[ixit]\nwritable_intger = "/1/0/1"\n', "did you mean 'writable_integer'?"),
        (GOOD + '[ixit]\nreaction_time = "3"\n', 'ixit.reaction_time: found "3", expected a number'),
        (
            GOOD + "[ixit]\nreaction_time = 0\n",
            "ixit.reaction_time: found 0, expected a number greater than 0",
        ),
        (GOOD + "[ixit]\nreaction_time = true\n", "ixit.reaction_time: found true, expected a number"),
        (GOOD + '[ixit]\nexecutable = "3/0/4"\n', 'found "3/0/4", expected a path such as "/3/0/13"'),
        (GOOD + '[ixit]\nexecutable = "/3/0"\n', "expected the path of a resource"),
        (GOOD + '[ixit]\nexecutable = "/3/0/65535"\n', "each at most 65534"),
        (GOOD + '[ixit]\nexecutable = "/3/0/04"\n', "a path of decimal ids"),
        (GOOD + '[ixit]\ntester = "127.0.0.1:x"\n', 'ixit.tester: found "127.0.0.1:x"'),
        (GOOD + "[ixit]\ntester = 5683\n", "expected an address with or without a port"),
        (GOOD + '[ixit]\npsk_key_hex = "secret"\n', "ixit.psk_key_hex: found a value that is not shown"),
        (
            GOOD + "[ics]\nread_compsite = true\n",
            "unknown ICS item 'read_compsite', did you mean 'read_composite'?",
        ),
        (GOOD + '[ics]\nqueue_mode = "no"\n', "ics.queue_mode: found 'no', expected true or false (sleeps"),
        (GOOD + "[ics]\nbinding = true\n", "ics.binding: found True, expected a string"),
        (
            GOOD.replace('"device"', '"server"', 1) + "[ics]\nqueue_mode = true\n",
            "is not for the role server",
        ),
        (GOOD.replace('"device"', '"gadget"', 1), "expected 'device', 'server' or 'bootstrap-server'"),
        (GOOD.replace('["1.0", "1.1"]', '"1.1"'), 'sut.lwm2m: found "1.1", expected a list'),
        (
            GOOD.replace('["1.0", "1.1"]', "[]"),
            "sut.lwm2m: found an empty list, expected at least one element",
        ),
        (
            GOOD.replace('["1.0", "1.1"]', '["1.3"]'),
            "sut.lwm2m.0: found \"1.3\", expected '1.0', '1.1' or '1.2'",
        ),
        (GOOD.replace('name = "Some Device 2.0"\n', ""), "sut.name: missing, expected this key"),
        (
            GOOD.replace("server_uri", "sever_uri"),
            "unknown placeholder {sever_uri}, did you mean 'server_uri'?",
        ),
        (GOOD + '[adapter.env]\nX = "{nope}"\n', "adapter.env.X: unknown placeholder {nope}"),
        (GOOD + '[adapter.let]\na = "{b}"\nb = "1"\n', "adapter.let.a: unknown placeholder {b}"),
        (GOOD + '[adapter.let]\nendpoint = "x"\n', "adapter.let.endpoint: names a placeholder"),
        (SUT + '[adapter]\nkind = "command"\n', "adapter.start: missing"),
        (
            SUT + '[adapter]\nkind = "command"\nstart = "./device"\n',
            'adapter.start: found "./device", expected a list',
        ),
        (SUT + '[adapter]\nkind = "docker"\n', "adapter.image: missing"),
        (SUT + '[adapter]\nkind = "attach"\nisolation = "reset"\n', 'adapter.isolation: found "reset"'),
        (SUT + '[adapter]\nkind = "attach"\ncontrol = "json-lines"\n', 'adapter.control: found "json-lines"'),
        (GOOD + 'reset_with = ["psk"]\n', 'adapter.reset_with: found a list, expected isolation = "reset"'),
        (GOOD + 'isolation = "reset"\n', 'control = "json-lines" beside it'),
        (GOOD + "instances = 0\n", "adapter.instances: found 0, expected a number of at least 1"),
        ("sut = 5\n" + ADAPTER, "sut: found 5, expected a table"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str | bytes, line: str) -> None:
    assert line in refused(tmp_path, text)


def test_every_ixit_key_has_a_meaning() -> None:
    assert all(key.meaning for key in keys())
    secret = [key.name for key in keys() if key.secret]
    assert secret == ["psk_key_hex", "oscore_master_secret", "oscore_master_salt"]
    assert Ixit().reaction_time == 3.0


def test_paths_and_addresses() -> None:
    assert parse_path("/3/0/11/0") == (3, 0, 11, 0)
    assert split_address("127.0.0.1") == ("127.0.0.1", 0)
    assert split_address("[::1]:5683") == ("::1", 5683)
    assert split_address("::1") == ("::1", 0)
    with pytest.raises(ValueError, match="at most four ids"):
        parse_path("/1/2/3/4/5")
