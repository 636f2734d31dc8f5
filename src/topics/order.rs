//! The order in which topics have their turn.

use super::Topic;
use crate::numbers::Numbers;

/// Positions of topics in an order in which branches take turns, and so inside each branch. Every beginning of it covers
/// the branches as evenly as they allow: a run that ends early, or makes fewer samples than there are topics, neglects
/// none, and asking for more samples only goes on from there.
pub fn take_turns(topics: &[Topic]) -> Vec<usize> {
    // Each place in the tree comes after the one above it.
    let mut places = vec![Place::default()];
    let mut numbers = Numbers::default();
    for (index, topic) in topics.iter().enumerate() {
        let mut at = 0;
        for name in &topic.path {
            let key = format!("{at} {name}");
            at = match numbers.get(&key) {
                Some(below) => below,
                None => {
                    let below = places.len();
                    numbers.insert(key, below);
                    places.push(Place { above: at, ..Place::default() });
                    below
                }
            };
        }
        // A topic that others are below has its turn as the last of them.
        if let Some(place) = places.get_mut(at) {
            place.own.push(index);
        }
    }
    let mut order = Vec::new();
    while let Some(mut place) = places.pop() {
        // From the last to the first: they were found in that order.
        place.below.reverse();
        place.below.push(place.own);
        order = interleaved(place.below);
        if let Some(above) = places.get_mut(place.above) {
            above.below.push(std::mem::take(&mut order));
        }
    }
    order
}

#[derive(Default)]
struct Place {
    above: usize,
    own: Vec<usize>,
    below: Vec<Vec<usize>>,
}

/// The first of each list, then the second of each, and so on.
fn interleaved(mut lists: Vec<Vec<usize>>) -> Vec<usize> {
    if let [list, own] = lists.as_mut_slice()
        && own.is_empty()
    {
        return std::mem::take(list);
    }
    let mut order = Vec::with_capacity(lists.iter().map(Vec::len).sum());
    let mut turn = 0;
    while !lists.is_empty() {
        lists.retain(|list| list.len() > turn);
        order.extend(lists.iter().filter_map(|list| list.get(turn)));
        turn += 1;
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Topics named by the letters of their paths.
    fn topics(paths: &str) -> Vec<Topic> {
        let path = |path: &str| path.chars().map(String::from).collect();
        paths.split(' ').map(|text| Topic { id: text.to_owned(), path: path(text) }).collect()
    }

    fn turns(paths: &str) -> String {
        let topics = topics(paths);
        take_turns(&topics).into_iter().map(|index| topics[index].id.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn branches_take_turns_and_so_inside_each_branch() {
        for (given, order) in [
            ("raa rab rba rbb", "raa rba rab rbb"),
            ("raaa raab raba rabb rbaa rbab rbba rbbb", "raaa rbaa raba rbba raab rbab rabb rbbb"),
            // A branch that has fewer is done sooner; one without subtopics is a topic itself.
            ("raa rb rca rcb rcc", "raa rb rca rcb rcc"),
            ("ra rba rbb rbc", "ra rba rbb rbc"),
            // A topic above others comes after them, order in the file does not matter, and several roots are branches.
            ("ra raa rab rb", "raa rb rab ra"),
            ("rab rba raa", "rab rba raa"),
            ("aa ab b", "aa b ab"),
            ("a a b", "a b a"),
            ("a", "a"),
        ] {
            assert_eq!(turns(given), order);
        }
    }

    #[test]
    fn every_beginning_gives_each_branch_its_share() {
        let shape = [5, 1, 40, 3, 12];
        let topics: Vec<Topic> = shape
            .iter()
            .enumerate()
            .flat_map(|(branch, &leaves)| (0..leaves).map(move |leaf| (branch, leaf)))
            .map(|(branch, leaf)| Topic {
                id: branch.to_string(),
                path: vec!["r".to_owned(), branch.to_string(), leaf.to_string()],
            })
            .collect();
        let order = take_turns(&topics);
        assert_eq!(order.iter().collect::<std::collections::HashSet<_>>().len(), topics.len());
        for count in 0..=topics.len() {
            let mut had = [0; 5];
            order[..count].iter().for_each(|&index| had[topics[index].id.parse::<usize>().unwrap()] += 1);
            let most = *had.iter().max().unwrap();
            assert!((0..5).all(|branch| had[branch] + 1 >= most.min(shape[branch])), "{count}: {had:?}");
        }
    }

    #[test]
    fn paths_of_any_depth_are_no_obstacle() {
        let deep = |length: usize| Topic { id: length.to_string(), path: vec!["x".to_owned(); length] };
        let topics: Vec<Topic> = (1..300).map(deep).collect();
        assert_eq!(take_turns(&topics).len(), 299);
        assert!(take_turns(&[]).is_empty());
    }
}
