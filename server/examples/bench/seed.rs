//! Many campaigns at once, straight into the tables: what the API would take an hour for.

use std::path::Path;

use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

/// Copies a small campaign until there are so many; how many rows there are then.
pub async fn copies(database: &Path, beside: &str, wanted: u32) -> i64 {
    let mut connection =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(database))
            .await
            .unwrap();
    // A row of the list is its summary; the body of a copy is that of the campaign it copies.
    let made = sqlx::query(
        "WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ?1)
         INSERT INTO campaigns (id, account, advertiser_id, version, status, buy_statuses, name_folded, discovery_id, created_at, summary, body)
         SELECT printf('cmp_copy%08d', i), account, advertiser_id, 1, status, buy_statuses, printf('copy %d', i), NULL,
                created_at + i, replace(summary, id, printf('cmp_copy%08d', i)), '{}'
         FROM number, campaigns WHERE id = ?2",
    )
    .bind(i64::from(wanted))
    .bind(beside)
    .execute(&mut connection)
    .await
    .unwrap();
    sqlx::query("UPDATE campaign_counts SET n = n + ?1 WHERE n > 0")
        .bind(i64::try_from(made.rows_affected()).unwrap())
        .execute(&mut connection)
        .await
        .unwrap();
    let (rows,): (i64,) = sqlx::query_as("SELECT count(*) FROM campaigns")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    rows
}
