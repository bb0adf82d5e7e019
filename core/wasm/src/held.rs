//! A plan that JavaScript holds.

use flighting_core::wire::plan::HeldPlan as Held;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::border::{Thrown, asked, body, write};

/// A plan that is held while it is edited.
#[wasm_bindgen]
#[derive(Debug)]
pub struct HeldPlan(Held);

#[wasm_bindgen]
impl HeldPlan {
    /// Reads a plan, right or wrong.
    #[wasm_bindgen(constructor)]
    pub fn new(text: &[u8], options: &[u8]) -> Result<HeldPlan, Thrown> {
        Ok(Self(Held::new(body(text)?, asked(options)?)))
    }

    /// Sets the value at a path.
    pub fn set(&mut self, path: &str, value: &[u8]) -> Result<(), Thrown> {
        Ok(self.0.set(path, body(value)?)?)
    }

    /// Takes out what stands at a path.
    pub fn remove(&mut self, path: &str) -> Result<(), Thrown> {
        Ok(self.0.remove(path)?)
    }

    /// Takes the last edit back.
    pub fn undo(&mut self) -> bool {
        self.0.undo()
    }

    /// Does the last edit that was taken back again.
    pub fn redo(&mut self) -> bool {
        self.0.redo()
    }

    /// What the plan comes to.
    pub fn totals(&self) -> Result<Option<String>, Thrown> {
        self.0.totals().as_ref().map(write).transpose()
    }

    /// Everything wrong with it; nothing where it is right.
    pub fn issues(&self) -> Result<Option<String>, Thrown> {
        let issues = self.0.issues();
        if issues.is_empty() {
            return Ok(None);
        }
        write(&issues).map(Some)
    }

    /// The paths of the amounts that the last edit changed.
    pub fn changed(&self) -> Result<String, Thrown> {
        write(&self.0.changed())
    }

    /// What executing it would buy.
    pub fn packages(&self) -> Result<String, Thrown> {
        write(&self.0.packages()?)
    }

    /// Why an amount of it is what it is.
    pub fn explain(&self, path: &str) -> Result<String, Thrown> {
        write(&self.0.explain(path)?)
    }

    /// The plan as it is now.
    pub fn document(&self) -> Result<String, Thrown> {
        write(self.0.document())
    }
}
