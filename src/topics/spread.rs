//! Choosing some topics out of many so that every branch has its share.

use super::Topic;
use crate::numbers::Numbers;
use crate::seed;

/// Positions of `count` topics, in order. Every branch gets as many as every other, as far as it has them, and the same
/// holds inside each branch; what does not divide evenly falls to branches chosen by `seed`.
pub fn spread(topics: &[Topic], count: usize, seed: u64) -> Vec<usize> {
    if count >= topics.len() {
        return (0..topics.len()).collect();
    }
    let mut chosen = Vec::with_capacity(count);
    let mut open = vec![Share { members: (0..topics.len()).collect(), count, depth: 0 }];
    while let Some(share) = open.pop() {
        if share.count == share.members.len() {
            chosen.extend(share.members);
        } else if share.count > 0 {
            open.extend(divide(topics, share, seed));
        }
    }
    chosen.sort_unstable();
    chosen
}

/// Topics below one point, and how many of them are to be chosen.
struct Share {
    members: Vec<usize>,
    count: usize,
    depth: usize,
}

fn divide(topics: &[Topic], share: Share, seed: u64) -> Vec<Share> {
    let Share { members, count, mut depth } = share;
    loop {
        let branches = branches(topics, &members, depth);
        if branches.len() > 1 {
            return allot(topics, branches, count, depth, seed);
        }
        let deeper = members.iter().any(|&index| topics.get(index).is_some_and(|topic| topic.path.len() > depth));
        if !deeper {
            // Topics that their paths do not tell apart.
            return members
                .into_iter()
                .take(count)
                .map(|index| Share { members: vec![index], count: 1, depth })
                .collect();
        }
        depth += 1;
    }
}

fn branches(topics: &[Topic], members: &[usize], depth: usize) -> Vec<Vec<usize>> {
    let mut branches: Vec<Vec<usize>> = Vec::new();
    let mut places = Numbers::default();
    for &index in members {
        let name = topics.get(index).and_then(|topic| topic.path.get(depth)).cloned().unwrap_or_default();
        match places.get(&name).and_then(|place| branches.get_mut(place)) {
            Some(branch) => branch.push(index),
            None => {
                places.insert(name, branches.len());
                branches.push(vec![index]);
            }
        }
    }
    branches
}

/// Deals `count` out to the branches, the smallest first, since what they cannot take is left for the others.
fn allot(topics: &[Topic], branches: Vec<Vec<usize>>, mut count: usize, depth: usize, seed: u64) -> Vec<Share> {
    let luck = |branch: &Vec<usize>| {
        let topic = branch.first().and_then(|&index| topics.get(index));
        topic.map_or(0, |topic| seed::number(seed, &["spread", &topic.id]))
    };
    let mut branches: Vec<(usize, u64, Vec<usize>)> =
        branches.into_iter().map(|branch| (branch.len(), luck(&branch), branch)).collect();
    branches.sort_unstable_by_key(|(size, luck, _)| (*size, *luck));
    let mut left = branches.len();
    let mut shares = Vec::with_capacity(left);
    for (size, _, members) in branches {
        let share = (count / left).min(size);
        count -= share;
        left -= 1;
        shares.push(Share { members, count: share, depth: depth + 1 });
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(shape: &[usize]) -> Vec<Topic> {
        let branches = shape.iter().enumerate();
        branches
            .flat_map(|(branch, &leaves)| (0..leaves).map(move |leaf| (branch, leaf)))
            .map(|(branch, leaf)| {
                let path = vec!["root".to_owned(), format!("b{branch}"), format!("b{branch}l{leaf}")];
                Topic { id: super::super::ids::of_path(&path), path }
            })
            .collect()
    }

    fn per_branch(topics: &[Topic], chosen: &[usize]) -> Vec<usize> {
        let mut counts: Vec<(String, usize)> = Vec::new();
        for topic in topics {
            if !counts.iter().any(|(branch, _)| *branch == topic.path[1]) {
                counts.push((topic.path[1].clone(), 0));
            }
        }
        for &index in chosen {
            counts.iter_mut().find(|(branch, _)| *branch == topics[index].path[1]).unwrap().1 += 1;
        }
        counts.into_iter().map(|(_, count)| count).collect()
    }

    #[test]
    fn every_branch_gets_its_share() {
        let table: [(&[usize], usize, &[usize]); 4] = [
            (&[5, 5, 5, 5, 5], 10, &[2, 2, 2, 2, 2]),
            (&[1, 10, 10], 7, &[1, 3, 3]),
            (&[3, 3], 6, &[3, 3]),
            (&[1, 1, 100], 50, &[1, 1, 48]),
        ];
        for (shape, count, expected) in table {
            let topics = tree(shape);
            assert_eq!(per_branch(&topics, &spread(&topics, count, 0)), expected, "{shape:?}");
        }
    }

    #[test]
    fn exactly_as_many_as_asked_for_without_repetition_for_any_seed() {
        let topics = tree(&[4, 1, 7, 3]);
        for seed in 0..20 {
            for count in 0..=20 {
                let chosen = spread(&topics, count, seed);
                assert_eq!(chosen.len(), count.min(15));
                assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]));
                assert_eq!(chosen, spread(&topics, count, seed));
            }
        }
        let first: std::collections::HashSet<_> = (0..20).map(|seed| spread(&topics, 1, seed)).collect();
        assert!(first.len() > 1, "the seed decides");
    }

    #[test]
    fn topics_with_the_same_path_are_no_obstacle() {
        let topic = Topic { id: "x".to_owned(), path: vec!["a".to_owned()] };
        assert_eq!(spread(&[topic.clone(), topic.clone(), topic], 2, 0), [0, 1]);
    }
}
