//! Functions that are alike, side by side. A compressor tells in fewer bits what stood just now than what stood
//! half a megabyte ago, and most of the page's functions are one function for another type: their order alone is
//! a thirtieth of what a browser fetches (docs/decisions/0025).

use crate::binary;

/// As long is what two functions have to have in common to count as alike there, in bytes.
const RUN: usize = 4;
/// What stands in more than one function of so many says nothing.
const COMMON: usize = 2;

/// The module with names for its functions by which `wasm-opt --reorder-functions-by-name` brings those that are
/// alike together; none where its format is not known.
pub fn named(module: &[u8]) -> Option<Vec<u8>> {
    let functions = binary::functions(module)?;
    let imported = binary::imports(module)?
        .iter()
        .filter(|import| import.kind.starts_with("func"))
        .count();
    let order = by_likeness(&functions);
    let digits = order.len().to_string().len();
    let mut names = vec![String::new(); order.len()];
    for (place, at) in order.into_iter().enumerate() {
        names[at] = format!("{place:0digits$}");
    }
    let mut named = module.to_vec();
    named.extend(binary::names(imported, &names));
    Some(named)
}

/// The functions by their places, each followed by the one of those that are left that is most like it: the one
/// with the largest part of what it consists of in common, where what is rare counts more.
fn by_likeness(functions: &[&[u8]]) -> Vec<usize> {
    let mut runs: Vec<(&[u8], usize)> = functions
        .iter()
        .enumerate()
        .flat_map(|(at, function)| function.windows(RUN).map(move |run| (run, at)))
        .collect();
    runs.sort_unstable();
    runs.dedup();
    let most = functions.len() / COMMON;
    let shared: Vec<&[(&[u8], usize)]> = runs
        .chunk_by(|(one, _), (other, _)| one == other)
        .filter(|having| having.len() > 1 && having.len() <= most)
        .collect();
    // Whole numbers: a logarithm with a fraction is not the same to the last bit on every machine.
    let worth = |having: &[(&[u8], usize)]| {
        u64::from((functions.len() / having.len()).max(1).ilog2() + 1).pow(2)
    };
    let mut has = vec![Vec::new(); functions.len()];
    let mut whole = vec![1_u64; functions.len()];
    for having in &shared {
        for (_, at) in *having {
            has[*at].push(*having);
            whole[*at] += worth(having);
        }
    }
    let mut left: Vec<usize> = (0..functions.len()).collect();
    let mut order = Vec::new();
    let mut next = (0..left.len()).max_by_key(|at| functions[*at].len());
    while let Some(place) = next {
        let at = left.remove(place);
        order.push(at);
        let mut common = vec![0_u64; functions.len()];
        for having in &has[at] {
            for (_, other) in *having {
                common[*other] += worth(having);
            }
        }
        // The square of what they have in common, as a part of the whole: compared without dividing.
        let part = |at: usize| (u128::from(common[at]).pow(2), u128::from(whole[at]));
        next = (0..left.len()).max_by(|one, other| {
            let ((one, of_one), (other, of_other)) = (part(left[*one]), part(left[*other]));
            (one * of_other).cmp(&(other * of_one))
        });
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::tests::{coding, importing, module, typed};

    const FUNCTIONS: [&[u8]; 6] = [
        b"\0hello, planner, of weeks",
        b"\0what a period holds",
        b"\0hello, planner, of days!",
        b"\0a sum of all products",
        b"\0what a product holds",
        b"\0hello, planner, of months, the longest",
    ];

    #[test]
    fn what_is_alike_stands_together_and_all_of_it_stays() {
        let order = by_likeness(&FUNCTIONS);
        let place = |at: usize| order.iter().position(|one| *one == at).unwrap();
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4, 5]);
        // From the longest on.
        assert_eq!(place(5), 0);
        assert_eq!([place(0), place(2)].iter().max(), Some(&2));
        assert_eq!(place(1).abs_diff(place(4)), 1, "{order:?}");
        assert_eq!(by_likeness(&[]), [0; 0]);
    }

    #[test]
    fn names_begin_behind_what_is_imported() {
        let bytes = module(&[
            typed(),
            importing(&[("a", "f", &[0, 0]), ("a", "memory", &[2, 0, 1])]),
            coding(&FUNCTIONS),
        ]);
        let named = named(&bytes).unwrap();
        assert!(named.starts_with(&bytes));
        let (section, names) = binary::sections(&named).last().unwrap();
        assert_eq!(section, binary::CUSTOM);
        // Six names, the first of them that of function 1.
        assert_eq!(names[..5], *b"\x04name");
        assert_eq!(names[5..9], [1, 19, 6, 1]);
    }
}
