//! Bodies nobody wrote: anything at all, and good ones with one place changed.

use proptest::prelude::*;

use super::*;

/// Any JSON value, a few levels deep.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(|n| json(&n.to_string())),
        any::<f64>()
            .prop_filter("JSON has no such number", |n| n.is_finite())
            .prop_map(|n| { serde_json::from_str(&serde_json::to_string(&n).unwrap()).unwrap() }),
        ".{0,12}".prop_map(Json::Text),
        prop::sample::select(vec![
            "2026-06-01",
            "EUR",
            "MARGIN",
            "weight",
            "event",
            "adv_1",
            "1.005",
            "days"
        ])
        .prop_map(|text| Json::Text(text.to_owned())),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::List),
            prop::collection::vec(("[a-zA-Z_]{0,8}", inner), 0..4).prop_map(Json::Object),
        ]
    })
}

/// Every place in a value, by the way down to it.
fn places(value: &Json, here: &[usize], found: &mut Vec<Vec<usize>>) {
    found.push(here.to_vec());
    let inner: Vec<&Json> = match value {
        Json::List(list) => list.iter().collect(),
        Json::Object(members) => members.iter().map(|(_, value)| value).collect(),
        _ => Vec::new(),
    };
    for (i, value) in inner.into_iter().enumerate() {
        places(value, &[here, &[i]].concat(), found);
    }
}

fn replace(value: &mut Json, way: &[usize], new: Json) {
    match (way, value) {
        ([], value) => *value = new,
        ([i, rest @ ..], Json::List(list)) => replace(&mut list[*i], rest, new),
        ([i, rest @ ..], Json::Object(members)) => replace(&mut members[*i].1, rest, new),
        _ => panic!("a way leads to a place"),
    }
}

proptest! {
    #[test]
    fn no_body_makes_a_reader_panic(body in any_json()) {
        let _ = create(&body);
        let _ = read_create(&body, None);
        let _ = read_update(&body, &campaign(LEAST));
        let _ = crate::wire::advertiser::read_advertiser(&body);
        let _ = crate::wire::agent::read_agent(&body);
        let _ = crate::wire::discovery::read_discover(&body, Some(&advertiser()));
        let _ = crate::wire::discovery::read_selection(&body, advertiser().currency);
    }

    #[test]
    fn a_changed_body_is_read_or_refused_with_paths(place in any::<prop::sample::Index>(), new in any_json()) {
        let mut body = json(FULL);
        let mut ways = Vec::new();
        places(&body, &[], &mut ways);
        let way: &Vec<usize> = place.get(ways.as_slice());
        replace(&mut body, way, new);
        match create(&body) {
            Ok(draft) => prop_assert!(draft.plan.check().is_empty()),
            Err(found) => {
                prop_assert!(!found.is_empty());
                let again = create(&body).unwrap_err();
                prop_assert_eq!(found, again);
            }
        }
        let _ = read_update(&body, &campaign(FULL));
    }
}
