//! A headless Chromium that a test looks at a page with, driven through chromedriver.
//!
//! WebDriver is JSON over HTTP, of which a page needs five commands; a client crate would bring other features of what
//! the AWS SDKs are built with. Whatever does not work here panics with a sentence.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken test bed ends the test"
)]

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http;

const FLAGS: [&str; 7] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A browser with one page; it ends with the value.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    folder: TempDir,
}

impl Browser {
    /// Starts one, 1,440 pixels wide.
    ///
    /// # Panics
    /// chromedriver or Chromium is missing or does not start.
    #[must_use]
    pub fn start() -> Self {
        let (driver, port) = (0..5).find_map(|_| driver()).expect("chromedriver tells its port");
        let mut browser = Self { driver, port, session: String::new(), folder: TempDir::new().unwrap() };
        let asked = json!({"capabilities": {"alwaysMatch": {
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "goog:chromeOptions": {"args": FLAGS},
        }}});
        let session = browser.command("POST", "/session", &asked);
        browser.session = format!("/session/{}", session["sessionId"].as_str().unwrap());
        browser.resize(1440, 900);
        browser
    }

    /// Opens a page as a file, at a place in it such as `#tab=visits`.
    pub fn open(&self, html: &[u8], place: &str) {
        let file = self.folder.path().join("page.html");
        std::fs::write(&file, html).unwrap();
        // Another place of the page that is open would not be loaded.
        self.post("/url", &json!({"url": "about:blank"}));
        self.post("/url", &json!({"url": format!("file://{}{place}", file.display())}));
    }

    /// What a function body returns in the page; a promise is waited for.
    ///
    /// # Panics
    /// It throws.
    #[must_use]
    pub fn ask(&self, body: &str) -> Value {
        self.post("/execute/sync", &json!({"script": body, "args": []}))
    }

    /// Presses keys one after the other, a letter or a named key of WebDriver each (`\u{e014}` is the right arrow).
    pub fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()})))
            .collect();
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keys", "actions": strokes}]}));
    }

    /// Rests the pointer at a point of the window, in pixels.
    pub fn point(&self, x: f64, y: f64) {
        let moves = json!([{"type": "pointerMove", "x": x.round(), "y": y.round()}]);
        self.post("/actions", &json!({"actions": [{"type": "pointer", "id": "mouse", "actions": moves}]}));
    }

    /// Makes the window so many pixels wide and high.
    pub fn resize(&self, width: u32, height: u32) {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.tool("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Has the reader's system wish for these and nothing else, such as `prefers-color-scheme` to be `dark`.
    pub fn prefer(&self, wishes: &[(&str, &str)]) {
        let features = wishes.iter().map(|(name, value)| json!({"name": name, "value": value}));
        let features: Vec<Value> = features.collect();
        self.tool("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// Prints the page, to nowhere.
    pub fn print(&self) {
        self.tool("Page.printToPDF", &json!({"printBackground": true}));
    }

    /// What the page wrote to the console since it was last asked.
    #[must_use]
    pub fn console(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "browser"}));
        log.as_array().unwrap().iter().map(|entry| entry["message"].to_string()).collect()
    }

    /// The addresses that the page asked for since it was last asked, itself among them.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "performance"}));
        let events = log.as_array().unwrap().iter().map(|entry| {
            let message: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            message["message"].clone()
        });
        events
            .filter(|event| event["method"] == "Network.requestWillBeSent")
            .map(|event| event["params"]["request"]["url"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A command of Chromium's own tools.
    fn tool(&self, name: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({"cmd": name, "params": parameters}))
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.command("POST", &format!("{}{path}", self.session), body)
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.exchange(method, path, &body.to_string());
        let (status, body) = answer.unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(status, "200", "{path}: {}", answer["value"]["message"]);
        answer["value"].take()
    }

    /// The answer's status and body.
    fn exchange(&self, method: &str, path: &str, body: &str) -> io::Result<(String, String)> {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n");
        connection.write_all((head + body).as_bytes())?;
        // An answer is read as a request is: its first line has the status where a request has the path.
        let answer = http::read(&mut connection)?;
        Ok((answer.path, answer.body))
    }
}

/// Starts a chromedriver; none where another process took the port that it had chosen, before it listened on both of the
/// machine's addresses.
fn driver() -> Option<(Child, u16)> {
    let driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn();
    let mut driver = driver.expect("chromedriver, of Debian's packages chromium and chromium-driver");
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = lines
        .find_map(|line| line.split_once(" successfully on port ")?.1.trim_end_matches('.').parse().ok());
    // Nobody reads on, so that the driver must not wait for a reader.
    std::thread::spawn(move || lines.for_each(drop));
    if port.is_none() {
        // It has ended by itself.
        driver.wait().unwrap();
    }
    Some((driver, port?))
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A browser that is gone already is as it should be.
        let _ = self.exchange("DELETE", &self.session, "");
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
