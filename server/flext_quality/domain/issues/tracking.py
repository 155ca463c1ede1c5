"""The ladder by which findings are recognised as issues that are known.

Only within one analyzer and rule; the first match method that holds wins; each finding and each issue has
at most one partner. The result depends on what is compared alone, not on the order in which it comes. The
time grows with n log n: everything is looked up by keys.

1. SAME_PLACE: same file, line and line hash.
2. MOVED_IN_FILE: same file and hash on another line. Of equal lines each goes with those that moved as its
   neighbours did, whatever their rule; the others go to the nearest line, in order.
3. SAME_MESSAGE_AND_HASH: as 2, but there are several of that hash with different messages, and the message
   tells them apart. This is asked before distance is.
4. SAME_MESSAGE_AND_LINE: same file, message and line (also counted as the neighbours moved): the line was
   edited.
5. MOVED_TO_FILE: same hash in another file: one with the same message first, in the file to which most of
   the old file's issues went, else in one that is called alike.
6. REOPENED: an issue that is not seen now (`match_closed`).

Neighbours that moved correct the line of 1, too, where equal lines stand in one file: if a line is inserted
above three equal ones, all three moved, and none is where another was.

A finding without a line is the same as one with the same message about the same file, or about the file
that this one became. One on a blank line, whose hash is 0, is never looked for by its hash in another file.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Sequence
from typing import NamedTuple

from flext_quality.domain.issues import matching_keys as keys
from flext_quality.domain.issues.fingerprint import Fingerprint
from flext_quality.domain.issues.issue import MatchMethod
from flext_quality.domain.issues.matching_keys import Key
from flext_quality.domain.sources.line_shifts import LineShifts, nearest_in_order


class Match(NamedTuple):
    """A finding and the issue that it is, by their indices, and how that was recognised."""

    found: int
    known: int
    match_method: MatchMethod


def match(found: Sequence[Fingerprint], known: Sequence[Fingerprint]) -> list[Match]:
    """Findings and issues seen until now, by the match methods 1 to 5, in the order of the findings."""
    ladder = _Ladder(found, known)
    ladder.same_hash_in_file()
    ladder.same_message_and_line()
    ladder.other_file()
    return sorted(ladder.matches)


def match_closed(found: Sequence[Fingerprint], closed: Sequence[Fingerprint]) -> list[Match]:
    """Findings that are none of the issues seen until now, and issues that are not seen: match method 6.

    Code that was there long ago says less than code of yesterday: in another file, hash and message must
    both be the same.
    """
    ladder = _Ladder(found, closed)
    ladder.pair_all(
        MatchMethod.REOPENED,
        keys.all_in_file,
        keys.words_in_file,
        keys.code_in_file,
        keys.words_on_line,
        keys.code_and_words_in_directory,
        keys.code_and_words_in_name,
        keys.code_and_words,
    )
    return sorted(ladder.matches)


class _Ladder:
    """What has no partner yet, and the match methods, each of which gives partners to some of it."""

    def __init__(self, found: Sequence[Fingerprint], known: Sequence[Fingerprint]) -> None:
        self.found, self.known = found, known
        self.matches: list[Match] = []
        self._ours = list(range(len(found)))
        self._theirs = list(range(len(known)))
        self._anchors: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._shifts: dict[str, LineShifts] = {}

    # --- within a file: match methods 1 to 4 ------------------------------------------------------------

    def same_hash_in_file(self) -> None:
        """Match methods 1 to 3. What is alone with its hash goes first, to show where its neighbours went."""
        several = []
        for ours, theirs in self._buckets(keys.hash_in_file, keys.hash_in_file):
            if len(ours) == len(theirs) == 1:
                self._take_lines(ours[0], theirs[0], MatchMethod.MOVED_IN_FILE)
                line = self.known[theirs[0]].line
                self._anchors[self.known[theirs[0]].path].append((line, self.found[ours[0]].line))
            else:
                several.append((ours, theirs))
        for ours, theirs in several:
            self._take_several(ours, theirs)
        self._drop_matched()

    def same_message_and_line(self) -> None:
        """Match method 4: on the line where the neighbours of the old one are, or on the very line."""
        paths = {self.found[i].path for i in self._ours}
        for guess in range(LineShifts.GUESSES):
            their_key = self._expected_words_on_line(guess, paths)
            for ours, theirs in self._buckets(keys.words_on_line, their_key):
                self._zip(ours, theirs, MatchMethod.SAME_MESSAGE_AND_LINE)
            self._drop_matched()

    def _take_several(self, ours: list[int], theirs: list[int]) -> None:
        """Those of one hash in one file: by their lines, then by message, then by distance."""
        found, known = self.found, self.known
        messages = {found[i].message_hash for i in ours} | {known[i].message_hash for i in theirs}
        match_method = (
            MatchMethod.SAME_MESSAGE_AND_HASH if len(messages) > 1 else MatchMethod.MOVED_IN_FILE
        )
        shifts = self._shifts_of(known[theirs[0]].path)
        expected = {i: shifts.expected(known[i].line) for i in theirs}
        ours.sort(key=found.__getitem__)
        theirs.sort(key=known.__getitem__)
        for tell in (keys.column_and_words, keys.words, keys.whatever):
            for guess in range(LineShifts.GUESSES):
                our_keys = [(found[i].line, tell(found[i])) for i in ours]
                their_keys = [(expected[i][guess], tell(known[i])) for i in theirs]
                pairs, ours, theirs = _paired(ours, our_keys, theirs, their_keys)
                for one, issue in pairs:
                    alike = found[one].message_hash == known[issue].message_hash
                    self._take_lines(
                        one, issue, match_method if alike else MatchMethod.MOVED_IN_FILE
                    )
                if not (ours and theirs):
                    return
        theirs.sort(key=lambda i: (expected[i][0], known[i]))
        ours, theirs = self._take_nearest(ours, theirs, expected, match_method, keys.words)
        self._take_nearest(ours, theirs, expected, MatchMethod.MOVED_IN_FILE, keys.whatever)

    def _take_nearest(
        self,
        ours: list[int],
        theirs: list[int],
        expected: dict[int, tuple[int, ...]],
        match_method: MatchMethod,
        tell: Key,
    ) -> tuple[list[int], list[int]]:
        """Those that `tell` calls alike, by distance; what is left over."""
        taken: set[int] = set()
        issues_taken: set[int] = set()
        groups: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for i in ours:
            groups[tell(self.found[i])][0].append(i)
        for i in theirs:
            groups[tell(self.known[i])][1].append(i)
        for some, issues in groups.values():
            lines = [self.found[i].line for i in some]
            for a, b in nearest_in_order(lines, [expected[i][0] for i in issues]):
                self._take_lines(some[a], issues[b], match_method)
                taken.add(some[a])
                issues_taken.add(issues[b])
        return [i for i in ours if i not in taken], [i for i in theirs if i not in issues_taken]

    def _take_lines(self, one: int, issue: int, match_method: MatchMethod) -> None:
        if self.found[one].line == self.known[issue].line:
            match_method = MatchMethod.SAME_PLACE
        self.matches.append(Match(one, issue, match_method))

    def _shifts_of(self, path: str) -> LineShifts:
        if path not in self._shifts:
            self._shifts[path] = LineShifts(self._anchors.get(path, ()))
        return self._shifts[path]

    def _expected_words_on_line(self, guess: int, paths: Collection[str]) -> Key:
        def key(that: Fingerprint) -> Hashable:
            if that.path not in paths:
                return None
            line = self._shifts_of(that.path).expected(that.line)[guess]
            return keys.words_on_line(that._replace(line=line))

        return key

    # --- in other files: match method 5 ------------------------------------------------------------

    def other_file(self) -> None:
        """Match method 5."""
        went_to = self._where_files_went()
        is_renamed = self._renamed()

        def went(key: Key) -> Key:
            return lambda that: key(that._replace(path=went_to.get(that.path, "")))

        match_method = MatchMethod.MOVED_TO_FILE
        self._pair(keys.words_in_file, went(keys.words_in_file), match_method)
        for key in (keys.words_without_code_in_directory, keys.words_without_code_in_name):
            self._pair(is_renamed(key), is_renamed(key), match_method)
        self.pair_all(
            match_method,
            keys.code_and_words_in_directory,
            keys.code_and_words_in_name,
            keys.code_and_words,
        )
        self._pair(keys.code_in_file, went(keys.code_in_file), match_method)
        self.pair_all(match_method, keys.code_in_name, keys.code)

    def _where_files_went(self) -> dict[str, str]:
        """For each file of which issues left, the file to which most of them went.

        As far as that is beyond doubt: by lines that are alone with their hash and message.
        """
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        for ours, theirs in self._buckets(keys.code_and_words, keys.code_and_words):
            if len(ours) == len(theirs) == 1:
                votes[self.known[theirs[0]].path][self.found[ours[0]].path] += 1
        return {
            path: max(
                to, key=lambda new: (to[new], keys.file_name(new) == keys.file_name(path), new)
            )
            for path, to in votes.items()
        }

    def _renamed(self) -> Callable[[Key], Key]:
        """Makes a key one that holds for files alone that came or went."""
        before, now = {that.path for that in self.known}, {that.path for that in self.found}
        both = before & now

        def of(key: Key) -> Key:
            return lambda that: None if that.path in both else key(that)

        return of

    # --- by keys -----------------------------------------------------------------------------------------

    def pair_all(self, match_method: MatchMethod, *by: Key) -> None:
        """Gives those of the same key to each other, in order; first by the first key."""
        for key in by:
            self._pair(key, key, match_method)

    def _pair(self, our_key: Key, their_key: Key, match_method: MatchMethod) -> None:
        for ours, theirs in self._buckets(our_key, their_key):
            self._zip(ours, theirs, match_method)
        self._drop_matched()

    def _zip(self, ours: list[int], theirs: list[int], match_method: MatchMethod) -> None:
        ours.sort(key=self.found.__getitem__)
        theirs.sort(key=self.known.__getitem__)
        self.matches += [Match(a, b, match_method) for a, b in zip(ours, theirs, strict=False)]

    def _buckets(self, our_key: Key, their_key: Key) -> list[tuple[list[int], list[int]]]:
        """Those without a partner that have the same key; None is no key."""
        if not (self._ours and self._theirs):
            return []
        issues: dict[Hashable, list[int]] = defaultdict(list)
        for i in self._theirs:
            issues[their_key(self.known[i])].append(i)
        issues.pop(None, None)
        found: dict[Hashable, list[int]] = defaultdict(list)
        for i in self._ours:
            key = our_key(self.found[i])
            if key in issues:
                found[key].append(i)
        return [(ours, issues[key]) for key, ours in found.items()]

    def _drop_matched(self) -> None:
        ours = {one.found for one in self.matches}
        theirs = {one.known for one in self.matches}
        self._ours = [i for i in self._ours if i not in ours]
        self._theirs = [i for i in self._theirs if i not in theirs]


def _paired(
    ours: list[int], our_keys: Sequence[Hashable], theirs: list[int], their_keys: Sequence[Hashable]
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Pairs of the same key, in order, and what is left over of both."""
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for i, key in zip(reversed(theirs), reversed(their_keys), strict=True):
        waiting[key].append(i)
    pairs, rest = [], []
    for i, key in zip(ours, our_keys, strict=True):
        if candidates := waiting.get(key):
            pairs.append((i, candidates.pop()))
        else:
            rest.append(i)
    left = {i for candidates in waiting.values() for i in candidates}
    return pairs, rest, [i for i in theirs if i in left]
