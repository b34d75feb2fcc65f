//! As much of HTTP/1.1 as probes and scrapers need: one GET or HEAD per connection. Pure.

/// What the bytes of a request that have arrived amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parsed {
    /// More must arrive.
    Incomplete,
    /// A page that exists is asked for.
    Page {
        page: Page,
        /// HEAD: the same answer without its body.
        head_only: bool,
    },
    /// Nothing but this status can be answered.
    Refused(Status),
}

/// The pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    Live,
    Ready,
    Metrics,
    Topology,
}

/// The outcome of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    BadRequest,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    HeaderTooLarge,
    Unavailable,
}

/// An answer without its head.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: Status,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

/// Reads the head of a request; a body is neither expected nor read.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) if bytes.len() >= HEAD_BYTES_MAX => {
            return Parsed::Refused(Status::HeaderTooLarge);
        }
        Ok(httparse::Status::Partial) => return Parsed::Incomplete,
        Err(httparse::Error::TooManyHeaders) => return Parsed::Refused(Status::HeaderTooLarge),
        Err(_) => return Parsed::Refused(Status::BadRequest),
    }
    let target = request.path.unwrap_or_default();
    let page = match target.split('?').next().unwrap_or_default() {
        "/livez" => Page::Live,
        "/readyz" => Page::Ready,
        "/metrics" => Page::Metrics,
        "/topology" => Page::Topology,
        _ => return Parsed::Refused(Status::NotFound),
    };
    match request.method {
        Some("GET") => Parsed::Page {
            page,
            head_only: false,
        },
        Some("HEAD") => Parsed::Page {
            page,
            head_only: true,
        },
        _ => Parsed::Refused(Status::MethodNotAllowed),
    }
}

// === impl Status ===

impl Status {
    fn line(self) -> &'static str {
        match self {
            Self::Ok => "200 OK",
            Self::BadRequest => "400 Bad Request",
            Self::NotFound => "404 Not Found",
            Self::MethodNotAllowed => "405 Method Not Allowed",
            Self::RequestTimeout => "408 Request Timeout",
            Self::HeaderTooLarge => "431 Request Header Fields Too Large",
            Self::Unavailable => "503 Service Unavailable",
        }
    }
}

// === impl Response ===

impl Response {
    /// A line of text.
    pub(super) fn text(status: Status, line: &str) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            body: format!("{line}\n"),
        }
    }

    /// The answer to a request for no page.
    pub(super) fn refused(status: Status) -> Self {
        Self::text(status, status.line())
    }

    /// The bytes to send. The connection ends after them.
    pub(super) fn into_bytes(self, head_only: bool) -> Vec<u8> {
        let allow = match self.status {
            Status::MethodNotAllowed => "Allow: GET, HEAD\r\n",
            _ => "",
        };
        let mut text = format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{allow}Cache-Control: no-store\r\n\
             Connection: close\r\n\r\n",
            self.status.line(),
            self.content_type,
            self.body.len()
        );
        if !head_only {
            text.push_str(&self.body);
        }
        text.into_bytes()
    }
}

/// Bytes of a request's head; no scraper needs more.
pub(super) const HEAD_BYTES_MAX: usize = 8 * 1024;
const HEADERS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn page(page: Page) -> Parsed {
        Parsed::Page {
            page,
            head_only: false,
        }
    }

    #[test]
    fn requests() {
        let many = format!(
            "GET /livez HTTP/1.1\r\n{}\r\n",
            "A: b\r\n".repeat(HEADERS_MAX + 1)
        );
        let long = format!("GET /livez HTTP/1.1\r\nA: {}", "b".repeat(HEAD_BYTES_MAX));
        let rows: &[(&str, Parsed)] = &[
            ("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", page(Page::Live)),
            ("GET /readyz HTTP/1.0\r\n\r\n", page(Page::Ready)),
            (
                "GET /metrics?x=/livez HTTP/1.1\r\n\r\n",
                page(Page::Metrics),
            ),
            (
                "HEAD /topology HTTP/1.1\r\n\r\n",
                Parsed::Page {
                    page: Page::Topology,
                    head_only: true,
                },
            ),
            ("", Parsed::Incomplete),
            ("GET /livez HTTP/1.1\r\nHost: x\r\n", Parsed::Incomplete),
            ("GET / HTTP/1.1\r\n\r\n", Parsed::Refused(Status::NotFound)),
            (
                "GET /livez/ HTTP/1.1\r\n\r\n",
                Parsed::Refused(Status::NotFound),
            ),
            (
                "POST /metrics HTTP/1.1\r\n\r\n",
                Parsed::Refused(Status::MethodNotAllowed),
            ),
            (
                "DELETE /nothing HTTP/1.1\r\n\r\n",
                Parsed::Refused(Status::NotFound),
            ),
            ("*1\r\n$4\r\nPING\r\n", Parsed::Refused(Status::BadRequest)),
            ("\0\0\0", Parsed::Refused(Status::BadRequest)),
            (&many, Parsed::Refused(Status::HeaderTooLarge)),
            (&long, Parsed::Refused(Status::HeaderTooLarge)),
        ];
        for (bytes, parsed) in rows {
            assert_eq!(parse(bytes.as_bytes()), *parsed, "{bytes:?}");
        }
    }

    #[test]
    fn every_cut_of_a_request_is_incomplete() {
        let whole = b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n";
        for cut in 0..whole.len() {
            assert_eq!(parse(&whole[..cut]), Parsed::Incomplete, "cut at {cut}");
        }
        assert_eq!(parse(whole), page(Page::Metrics));
    }

    #[test]
    fn responses() {
        let text = |response: Response, head_only| {
            String::from_utf8(response.into_bytes(head_only)).unwrap()
        };
        let ok = text(Response::text(Status::Ok, "live"), false);
        assert!(
            ok.starts_with("HTTP/1.1 200 OK\r\n") && ok.ends_with("\r\n\r\nlive\n"),
            "{ok}"
        );
        assert!(ok.contains("Content-Length: 5\r\n") && !ok.contains("Allow"));
        let head = text(Response::text(Status::Ok, "live"), true);
        assert!(
            head.contains("Content-Length: 5\r\n") && head.ends_with("\r\n\r\n"),
            "{head}"
        );
        let refused = text(Response::refused(Status::MethodNotAllowed), false);
        assert!(refused.contains("Allow: GET, HEAD\r\n"), "{refused}");
    }
}
