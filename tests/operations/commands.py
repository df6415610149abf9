"""The shell commands of a document, one by one, as somebody would paste them."""

import re
import shlex

PUNCTUATION = "|;&<>()"


def blocks(text):
    """What stands between ```sh and ```."""
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(text):
    """Their words. A command in `$(…)` is one too, unless it is within quotes."""
    found = []
    for block in blocks(text):
        for line in block.replace("\\\n", " ").splitlines():
            found += _of_line(line)
    return found


def inline(text):
    """`inspection …` within a sentence, as words."""
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [shlex.split(one) for one in re.findall(r"`(inspection [^`]*)`", outside)]


def _of_line(line):
    lexer = shlex.shlex(line, posix=True, punctuation_chars=PUNCTUATION)
    lexer.commenters, lexer.whitespace_split = "", True
    words, found = [], []
    for token in lexer:
        if token.startswith("#"):
            break
        if set(token) <= set(PUNCTUATION):
            found.append(words)
            words = []
        elif words or not re.match(r"\w+=", token):  # what a command is given beforehand
            words.append(token)
    return [one for one in [*found, words] if one]
