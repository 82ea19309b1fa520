//! Where in a tape that was not finished the reading stopped.

use alloc::{
    borrow::Cow,
    string::{String, ToString},
};

use super::{
    document::{Node, Tag},
    pointer::escape,
    string::unescape,
};

/// The value to come after `nodes`, as a JSON Pointer; where a member name is to come, its object.
pub(super) fn pointer(text: &str, nodes: &[Node]) -> String {
    let mut path = String::new();
    let mut container = nodes.first().filter(|node| is_open(node)).map(|_| 0);
    while let Some(at) = container {
        let token;
        (token, container) = last(text, nodes, at);
        let Some(token) = token else { break };
        path.push('/');
        path.push_str(&escape(&token));
    }
    path
}

/// What is open ends, for now, behind its bracket.
fn is_open(node: &Node) -> bool {
    matches!(node.tag, Tag::Array | Tag::Object) && node.end == node.start + 1
}

/// In the open container at `at` the name or index of the last value, and that value if it is open.
fn last<'t>(text: &'t str, nodes: &[Node], at: usize) -> (Option<Cow<'t, str>>, Option<usize>) {
    let is_object = nodes[at].tag == Tag::Object;
    let (mut at, mut index) = (at + 1, 0_usize);
    let mut name = None;
    while let Some(node) = nodes.get(at) {
        if is_object && name.is_none() {
            name = Some(unescape(&text[node.start as usize + 1..node.end as usize - 1]));
            at += 1;
        } else if is_open(node) {
            return (Some(name.unwrap_or_else(|| index.to_string().into())), Some(at));
        } else {
            (name, index, at) = (None, index + 1, node.next as usize);
        }
    }
    (if is_object { name } else { Some(index.to_string().into()) }, None)
}

#[cfg(test)]
mod tests {
    use crate::json::Document;

    #[test]
    fn a_string_that_is_no_text_is_pointed_at() {
        for (before, after, pointer) in [
            ("", "", ""),
            ("[", "]", "/0"),
            ("[{}, [1, 2], {\"a\": 1}, ", "]", "/3"),
            ("{\"a\": {\"x\": [[]]}, \"b/c\": [[], ", "]}", "/b~1c/1"),
            ("[[{\"a\": {}, \"\\n\": {\"b\": ", "}}]]", "/0/0/\n/b"),
            ("{\"a\": {\"b\": 1, ", ": 1}}", "/a"),
            ("{\"a\": {", ": 1}}", "/a"),
        ] {
            let text = [before, "\"x\\udc00\"", after].concat();
            assert_eq!(Document::parse(text.as_str()).unwrap_err().pointer, pointer, "{text}");
        }
    }
}
