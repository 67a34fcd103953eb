"""One comment in a GitHub pull request, kept up to date."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from valign.errors import InputError
from valign.escaping import one_line

_PULL_REQUEST = re.compile(r"(?P<repository>[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)#(?P<number>[1-9]\d*)")
_MARKER = re.compile(r"[A-Za-z0-9._-]+")
_NEXT = re.compile(r'<([^<>]+)>;\s*rel="next"')
#: GitHub's limit.
_MOST = 65_536
_SECONDS = 30
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28", "User-Agent": "valign"}


class _NoRedirect(HTTPRedirectHandler):
    """The token goes to the address that it was given for, and to no other."""

    def redirect_request(self, *_: Any) -> None:
        """No request: the redirect is raised as an `HTTPError`."""


@dataclass(frozen=True)
class PullRequest:
    """A pull request: `owner/name` of its repository, its number, and how GitHub is asked.

    author: who writes the comment; of another's comments none is changed, whatever it starts with.
    """

    repository: str
    number: int
    token: str = field(repr=False)
    author: str = "github-actions[bot]"
    api: str = "https://api.github.com"

    @classmethod
    def named(cls, name: str, token: str, author: str, api: str) -> PullRequest:
        """The pull request `OWNER/NAME#NUMBER`.

        Raises:
            InputError: the name has another form, the token is empty, or the address is none.
        """
        matched = _PULL_REQUEST.fullmatch(name)
        if matched is None:
            raise InputError(f"--pull-request {name!r}: expected OWNER/NAME#NUMBER, as acme/handbook#12")
        if not token or token != token.strip() or not token.isprintable():
            raise InputError("GITHUB_TOKEN: expected a token that may write comments, in this environment variable")
        if not api.startswith(("https://", "http://127.0.0.1:")):
            raise InputError(f"GITHUB_API_URL {api!r}: expected an address that starts with https://")
        return cls(matched["repository"], int(matched["number"]), token, author, api.rstrip("/"))

    def __str__(self) -> str:
        return f"{self.repository}#{self.number}"

    def comment(self, body: str, marker: str = "valign") -> str:
        """Write the comment with that marker, or replace its text where it is there already. Returns its address.

        Raises:
            InputError: the marker or the length is wrong, or GitHub refuses; the message says what would help.
        """
        if not _MARKER.fullmatch(marker):
            raise InputError(f"--marker {marker!r}: expected letters, digits, dots, hyphens and underscores")
        first = f"<!-- valign comment: {marker} -->\n"
        if len(first) + len(body) > _MOST:
            raise InputError(f"the comment has {len(body):,} characters; GitHub takes {_MOST - len(first):,}")
        for comment in self._comments():
            author = (comment["user"] or {}).get("login")  # null where the account is gone
            if author == self.author and str(comment["body"]).replace("\r\n", "\n").startswith(first):
                address = f"{self.api}/repos/{self.repository}/issues/comments/{int(comment['id'])}"
                return self._address(self._ask("PATCH", address, {"body": first + body})[0])
        address = f"{self.api}/repos/{self.repository}/issues/{self.number}/comments"
        return self._address(self._ask("POST", address, {"body": first + body})[0])

    def _comments(self) -> Iterator[dict[str, Any]]:
        """The pull request's comments, page by page."""
        address: str | None = f"{self.api}/repos/{self.repository}/issues/{self.number}/comments?per_page=100"
        while address is not None:
            comments, headers = self._ask("GET", address)
            yield from comments
            following = _NEXT.search(headers.get("Link") or "")
            address = following[1] if following else None
            if address is not None and not address.startswith(f"{self.api}/"):
                raise InputError(f"{self.api}: its next page is elsewhere, {address!r}; expected the same server")

    def _ask(self, method: str, address: str, data: dict[str, Any] | None = None) -> tuple[Any, Mapping[str, str]]:
        content = None if data is None else json.dumps(data).encode()
        headers = {**_HEADERS, "Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = Request(address, content, headers, method=method)
        try:
            with build_opener(_NoRedirect).open(request, timeout=_SECONDS) as answer:
                return json.loads(answer.read()), answer.headers
        except HTTPError as error:
            raise InputError(f"{self}: {self._refusal(method, error)}") from None
        except (URLError, TimeoutError, ConnectionError) as error:
            raise InputError(f"{self}: {self.api} cannot be reached: {getattr(error, 'reason', error)}") from None
        except ValueError:
            raise InputError(f"{self}: {self.api} answered with something else than JSON") from None

    def _refusal(self, method: str, error: HTTPError) -> str:
        """What GitHub refused, and what would help."""
        said = _message(error)
        if error.code == 401:
            return f"GitHub does not accept the token ({said}); pass one that is valid, as the job's github.token"
        if error.code in (403, 429) and error.headers.get("x-ratelimit-remaining") == "0":
            return f"GitHub's rate limit is reached ({said}); run the job again later"
        if error.code in (403, 404):
            done = "read" if method == "GET" else "write"
            return (
                f"the token may not {done} comments there, or there is no such pull request ({error.code}: {said}); "
                "give the job 'permissions: pull-requests: write'; to a pull request from a fork GitHub gives a token "
                "that can only read, see docs/action.md"
            )
        return f"GitHub answered {error.code}: {said}"

    def _address(self, comment: Any) -> str:
        address = str(comment.get("html_url", "")) if isinstance(comment, dict) else ""
        if not re.fullmatch(r"https?://\S+", address):
            raise InputError(f"{self}: GitHub's answer names no comment")
        return address


def _message(error: HTTPError) -> str:
    """GitHub's own words, or the status' name."""
    try:
        return one_line(str(json.loads(error.read(10_000))["message"]))
    except (ValueError, KeyError, TypeError, OSError):
        return str(error.reason)
