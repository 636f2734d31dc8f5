//! What a decoder owes to the servers that there are.

use proptest::prelude::*;

use super::*;

fn decode(framing: Framing, pieces: &[&[u8]]) -> (Vec<Event>, Result<(), TooLong>) {
    let mut decoder = Decoder::new(framing);
    let mut events = Vec::new();
    let mut outcome = Ok(());
    for piece in pieces {
        outcome = outcome.and(decoder.push(piece, &mut events));
    }
    outcome = outcome.and(decoder.finish(&mut events));
    (events, outcome)
}

/// Names and data of the events of a text that arrives at once, and byte by byte.
#[track_caller]
fn events(framing: Framing, text: &[u8]) -> Vec<(String, String)> {
    let (events, outcome) = decode(framing, &[text]);
    assert_eq!(outcome, Ok(()));
    let bytes: Vec<&[u8]> = text.chunks(1).collect();
    assert_eq!(decode(framing, &bytes), (events.clone(), Ok(())));
    events.into_iter().map(|event| (event.name, event.data)).collect()
}

#[track_caller]
fn streams(text: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(name, data)| ((*name).to_owned(), (*data).to_owned())).collect();
    assert_eq!(events(Framing::EventStream, text.as_bytes()), expected, "{text:?}");
}

#[test]
fn lines_end_with_any_line_break() {
    streams("data: a\n\ndata: b\n\n", &[("", "a"), ("", "b")]);
    streams("data: a\r\n\r\ndata: b\r\n\r\n", &[("", "a"), ("", "b")]);
    streams("data: a\r\rdata: b\r\r", &[("", "a"), ("", "b")]);
    streams("data: a\r\n\rdata: b\n\r\n", &[("", "a"), ("", "b")]);
    streams("event: x\r\ndata: a\n\n\r\n", &[("x", "a")]);
}

#[test]
fn data_in_several_lines_is_one_text() {
    streams("data: {\ndata:  \"a\": 1\ndata: }\n\n", &[("", "{\n \"a\": 1\n}")]);
    streams("data:\ndata\ndata:x\n\n", &[("", "\n\nx")]);
}

#[test]
fn only_one_space_before_the_data_belongs_to_the_notation() {
    streams("data:a\n\ndata: b\n\ndata:  c \n\n", &[("", "a"), ("", "b"), ("", " c ")]);
    streams("data:{\"a\": \"b: c\"}\n\n", &[("", "{\"a\": \"b: c\"}")]);
}

#[test]
fn an_event_may_have_a_name_of_its_own() {
    streams(
        "event: ping\ndata: {}\n\nevent:error\ndata: {\"error\": 1}\n\ndata: x\n\n",
        &[("ping", "{}"), ("error", "{\"error\": 1}"), ("", "x")],
    );
    streams("event: a\nevent: b\ndata: x\n\n", &[("b", "x")]);
    streams("event: done\n\n", &[("done", "")]);
}

#[test]
fn empty_data_is_data() {
    streams("data:\n\ndata\n\n", &[("", ""), ("", "")]);
}

#[test]
fn what_keeps_the_connection_alive_is_no_event() {
    streams(
        ": OPENROUTER PROCESSING\n\n: keep-alive\n\n\n\n\ndata: a\n: in between\ndata: b\n\n:\n\n",
        &[("", "a\nb")],
    );
}

#[test]
fn fields_for_resuming_and_unknown_ones_are_ignored() {
    streams("id: 7\nretry: 10\nother: x\nDATA: x\n data: x\ndatum\ndata: a\n\nid: 8\n\n", &[("", "a")]);
}

#[test]
fn the_mark_at_the_beginning_is_ignored_and_only_there() {
    streams("\u{feff}data: a\n\n\u{feff}data: b\n\n", &[("", "a")]);
    streams("\u{feff}\u{feff}data: a\n\n", &[]);
    streams("\u{feff}", &[]);
    assert_eq!(events(Framing::JsonLines, "\u{feff}{}\n".as_bytes()), [(String::new(), "{}".to_owned())]);
}

#[test]
fn the_last_event_needs_no_blank_line() {
    streams("data: a\n\ndata: [DONE]\n", &[("", "a"), ("", "[DONE]")]);
    streams("data: a\n\ndata: [DONE]", &[("", "a"), ("", "[DONE]")]);
    streams("data: a\n\nevent: b\r", &[("", "a"), ("b", "")]);
    streams("", &[]);
}

#[test]
fn bodies_that_are_no_event_stream_have_no_events() {
    streams("{\"error\": {\"message\": \"data: none\"}}", &[]);
    streams("{\n  \"error\": {\n    \"message\": \"x\"\n  }\n}\n", &[]);
    streams("<!DOCTYPE html>\n<html><body>\n502 Bad Gateway\n\n</body></html>\n", &[]);
}

#[test]
fn json_lines_are_events_and_blank_ones_are_not() {
    let text = "{\"a\":1}\n\r\n  \n{\"b\":\r\"x\"}\r\n{\"done\":true}";
    let expected = ["{\"a\":1}", "{\"b\":\r\"x\"}", "{\"done\":true}"];
    assert_eq!(events(Framing::JsonLines, text.as_bytes()), expected.map(|data| (String::new(), data.to_owned())));
}

#[test]
fn an_event_is_there_as_soon_as_it_is_complete() {
    for (framing, text) in
        [(Framing::EventStream, "data: a\n\n"), (Framing::EventStream, "data: a\r\r"), (Framing::JsonLines, "a\n")]
    {
        let mut decoder = Decoder::new(framing);
        let mut events = Vec::new();
        decoder.push(text.as_bytes(), &mut events).unwrap();
        assert_eq!(events.len(), 1);
    }
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    streams("data: ä🦀\n\n", &[("", "ä🦀")]);
    assert_eq!(
        events(Framing::EventStream, b"data: a\xff\xf0\x9f\n\ndata: b\n\n"),
        [(String::new(), "a\u{fffd}\u{fffd}".to_owned()), (String::new(), "b".to_owned())]
    );
}

#[test]
fn a_line_or_event_that_never_ends_is_refused() {
    let longest = "x".repeat(LONGEST);
    let nearly = &longest[.."data:".len()];
    let fits = format!("data:{}\n\n", &longest[nearly.len()..]);
    assert_eq!(events_of_large(Framing::EventStream, &[&fits]), (1, Ok(())));
    assert_eq!(events_of_large(Framing::JsonLines, &[&longest, "\n"]), (1, Ok(())));

    assert_eq!(events_of_large(Framing::EventStream, &["data: a\n\n:", &longest]), (1, Err(TooLong)));
    assert_eq!(events_of_large(Framing::JsonLines, &["a\n", &longest, "x"]), (1, Err(TooLong)));
    let half = format!("data: {}\n", &longest[LONGEST / 2..]);
    assert_eq!(events_of_large(Framing::EventStream, &["data: a\n\n", &half, &half]), (1, Err(TooLong)));
    assert_eq!(events_of_large(Framing::EventStream, &[&half, "\n", &half, "\n"]), (2, Ok(())));
}

fn events_of_large(framing: Framing, pieces: &[&str]) -> (usize, Result<(), TooLong>) {
    let pieces: Vec<&[u8]> = pieces.iter().map(|piece| piece.as_bytes()).collect();
    let (events, outcome) = decode(framing, &pieces);
    (events.len(), outcome)
}

#[test]
fn nothing_is_read_after_a_line_that_was_too_long() {
    let mut decoder = Decoder::new(Framing::JsonLines);
    let mut events = Vec::new();
    assert_eq!(decoder.push(&vec![b'x'; LONGEST + 1], &mut events), Err(TooLong));
    assert_eq!(decoder.push(b"\n{}\n", &mut events), Err(TooLong));
    assert_eq!(decoder.finish(&mut events), Err(TooLong));
    assert_eq!(events, []);
    assert_eq!(TooLong.to_string(), "the server sent an event of more than 8 MiB");
}

#[test]
fn a_megabyte_in_single_bytes_is_no_burden() {
    let text = format!("data: {}\n\n", "x".repeat(1024 * 1024));
    let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
    let (events, outcome) = decode(Framing::EventStream, &bytes);
    assert_eq!((events.len(), outcome), (1, Ok(())));
}

/// Bytes that look like a stream, with anything in between.
fn streamed() -> impl Strategy<Value = Vec<u8>> {
    let parts: Vec<&[u8]> = vec![
        b"data",
        b":",
        b" ",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"event: x",
        b"data: {\"a\":1}",
        b": c",
        b"id: 1",
        b"\xef\xbb\xbf",
        b"\xef",
        b"\xff",
        b"\0",
        "ä🦀".as_bytes(),
        b"{}",
        b"retry",
    ];
    let part = prop_oneof![9 => prop::sample::select(parts).prop_map(<[u8]>::to_vec), 1 => any::<Vec<u8>>()];
    prop::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
}

fn framings() -> impl Strategy<Value = Framing> {
    prop::sample::select(vec![Framing::EventStream, Framing::JsonLines])
}

proptest! {
    #[test]
    fn the_events_are_the_same_wherever_the_bytes_are_split(
        bytes in streamed(), sizes in prop::collection::vec(0..8usize, 0..60), framing in framings(),
    ) {
        let mut rest = bytes.as_slice();
        let mut pieces = Vec::new();
        for size in sizes {
            let (piece, after) = rest.split_at(size.min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        pieces.push(rest);
        prop_assert_eq!(decode(framing, &pieces), decode(framing, &[&bytes]));
    }

    #[test]
    fn arbitrary_bytes_are_no_danger(bytes: Vec<u8>, framing in framings()) {
        prop_assert_eq!(decode(framing, &[&bytes]).1, Ok(()));
    }

    #[test]
    fn what_a_server_writes_is_read_back(
        sent in prop::collection::vec(("[a-z_.]{0,9}", "[^\r\u{feff}]{0,20}"), 0..9),
        end in prop::sample::select(vec!["\n", "\r", "\r\n"]),
        space in prop::sample::select(vec!["", " "]),
    ) {
        let mut text = String::new();
        for (name, data) in &sent {
            if !name.is_empty() {
                text.push_str(&format!("event:{space}{name}{end}"));
            }
            for line in data.split('\n') {
                // Without a space of the notation, one of the data would be taken for it.
                let space = if line.starts_with(' ') { " " } else { space };
                text.push_str(&format!("data:{space}{line}{end}"));
            }
            text.push_str(&format!(": comment{end}{end}"));
        }
        prop_assert_eq!(events(Framing::EventStream, text.as_bytes()), sent);
    }
}
