"""Our parser of httpd's configuration (src/confedit/apache) against Augeas and httpd itself.

Every file of the corpus prints back byte for byte, and so does every damaged form of it that parses.
Where Augeas reads a file too, both find the same directives with the same arguments. What lines and
words are is asked of httpd, by defines that it prints.
"""

import os
import pathlib
import random
import re
import shutil
import subprocess

import augeas
import pytest

TOOL = os.environ["APACHE_TOOL"]
CORPUS = sorted((pathlib.Path(__file__).parent.parent / "fixtures" / "apache").rglob("*.conf"))
# Where Augeas reads differently from httpd: programs in sections, and text behind a section's '>'.
DIFFERENT = {"lua", "perl", "trailing-text"}
HTTPD = shutil.which("apache2") or "/usr/sbin/apache2"


def words(line):
    return [re.sub(r"\\x(..)", lambda m: chr(int(m[1], 16)), word)
            .encode("latin-1").decode("utf-8", "surrogateescape") for word in re.findall(r'"([^"]*)"', line)]


def tree(path):
    """[(depth, is_section, words)] or the reason why it does not parse."""
    run = subprocess.run([TOOL, "tree", str(path)], capture_output=True, text=True, check=False)
    if run.returncode:
        assert run.stdout.startswith("error: line "), run.stdout + run.stderr
        return run.stdout
    return [((len(line) - len(line.lstrip())) // 2, line.endswith(">") and not line.endswith('"'),
             words(line)) for line in run.stdout.splitlines()]


def test_the_corpus_is_large_enough():
    assert len(CORPUS) >= 60


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_prints_back_byte_for_byte(path):
    assert isinstance(tree(path), list)


def unquote(argument):
    """An argument as Augeas keeps it (quotes, escapes and continuations included)."""
    text = re.sub(r"\\\r?\n", "", argument)
    quote = text[0] if text[:1] in ('"', "'") else ""
    if quote:
        text = text[1:-1] if len(text) > 1 and text.endswith(quote) else text[1:]
        return re.sub(r"\\([\\%s])" % quote, r"\1", text)
    return text.replace("\\\\", "\\")


def augeas_tree(path, root):
    """The same from Augeas; None where it cannot read the file."""
    (root / "x.conf").write_bytes(path.read_bytes())
    aug = augeas.Augeas(root=str(root), flags=augeas.Augeas.NO_MODL_AUTOLOAD)
    aug.set("/augeas/load/Httpd/lens", "Httpd.lns")
    aug.set("/augeas/load/Httpd/incl", "/x.conf")
    aug.load()
    if aug.match("/augeas//error"):
        return None
    found = []

    def walk(node, depth):
        for child in aug.match(node + "/*"):
            label = re.sub(r"\[\d+\]$", "", child[len(node) + 1:])
            if label in ("arg", "#comment"):
                continue
            arguments = [unquote(aug.get(arg)) for arg in aug.match(child + "/arg")]
            if label == "directive":
                found.append((depth, False, [aug.get(child)] + arguments))
            else:
                found.append((depth, True, [label] + arguments))
                walk(child, depth + 1)

    walk("/files/x.conf", 0)
    return found


def comparable(entries):
    """Arguments as one text: Augeas parts some of them at other places than httpd does."""
    return [(depth, section, parts[0].lower(),
             re.sub(r"[\"'\\]|\s+", "", "".join(parts[1:]))) for depth, section, parts in entries]


def test_finds_the_directives_and_arguments_that_augeas_finds(tmp_path):
    compared, exact = 0, 0
    for path in CORPUS:
        try:
            path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        theirs = augeas_tree(path, tmp_path)
        if theirs is None or path.stem in DIFFERENT:
            continue
        ours = tree(path)
        compared += 1
        exact += ours == theirs
        if ours != theirs:
            assert comparable(ours) == comparable(theirs), path
    assert compared >= 60
    assert exact >= compared * 0.9, f"{exact} of {compared} in every argument"


PIECES = [b"\n", b"\r\n", b"\\\n", b"\\\r\n", b" ", b"\t", b"\\", b'"', b"'", b"#", b"<", b">", b"</",
          b"<If x>\n", b"</If>\n", b"<VirtualHost *:80>\n", b"</VirtualHost>\n", b"\0", b"${X}",
          b"Define A", b"\xff", b"word", b"\\\"", b"\\\\", b"\x0c", b"\x0b"]


def test_whatever_parses_prints_back(tmp_path):
    rng = random.Random(5)
    target = tmp_path / "x.conf"
    parsed = 0
    for round_number in range(400):
        data = bytearray(rng.choice(CORPUS[:40]).read_bytes()[:2000] if round_number % 2 else b"")
        for _ in range(rng.randrange(1, 30)):
            at = rng.randrange(len(data) + 1)
            data[at:at + rng.choice([0, 0, 1, 5])] = rng.choice(PIECES)
        target.write_bytes(data)
        parsed += isinstance(tree(target), list)
    assert parsed > 100


LINES = [
    b"# c \\\nDefine A\nDefine B\n", b"# c \\\\\nDefine A\nDefine B\n",
    b"Define X a\\\nb\nDefine Y a\\\\\nb\nDefine Z\n", b"Define X a\\ \nDefine Z\n",
    b'Define X "a\\\n  b"\nDefine Z\n', b"Define X a\0b\nDefine Z\n", b"# foo\0 \\\nDefine Z\n",
    b'Define X "a\\"b\\\\c\\d"\n', b"Define X 'a b'\n", b'Define X "a b\n',
    b"Define X a\r\nDefine Y\\\r\n b\r\n", b"Define X a\\", b"\\\nDefine X a\n",
    b'"Define" Z\n', b"Define X \"\"\n", b"Define\tX\x0ba\n", b"Define X 'a\"b'\n",
    b"Define X a\\\\b\n", b"Define X \\\"a\n", b"  Define X '\\'a'  \n",
]


@pytest.mark.parametrize("text", LINES)
def test_lines_and_words_are_those_of_httpd(text, tmp_path):
    path = tmp_path / "t.conf"
    head = b'ServerRoot "%s"\nServerName x\nPidFile pid\nErrorLog err\n' % bytes(tmp_path)
    head += (b"LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n"
             b"LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\n"
             b"Listen 127.0.0.1:1\n")
    path.write_bytes(head + text)
    run = subprocess.run([HTTPD, "-f", str(path), "-t", "-D", "DUMP_RUN_CFG"], capture_output=True,
                         check=True)
    theirs = {line[8:].partition("=")[::2] for line in run.stdout.decode().splitlines()
              if line.startswith("Define: ") and "DUMP_" not in line}
    ours = {(found[1], found[2] if len(found) > 2 else "")
            for _, _, found in tree(path) if found[0] == "Define"}
    assert ours == theirs
