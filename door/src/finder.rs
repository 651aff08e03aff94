//! Finding the hall's server on the local network without an address typed (mDNS, RFC 6762; DNS-SD, RFC 6763). What is
//! found is only a place to knock at: the key of the ticket decides who is there.

use mdns_sd::{ServiceDaemon, ServiceEvent, ServiceInfo};
use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use tally::Sid;

const SERVICE: &str = "_kiemphieu._tcp.local.";
/// Once somebody answered, others have this long to answer as well: a spare laptop may be faster than the hall's.
const MORE_MILLISECONDS: Duration = Duration::from_millis(300);

/// The server's answer to whoever asks the network; it stops when this is dropped.
pub struct Announcement {
    daemon: ServiceDaemon,
}

impl Drop for Announcement {
    fn drop(&mut self) {
        let _ = self.daemon.shutdown();
    }
}

/// Says on every network of this machine that these events are served at that port.
///
/// # Errors
/// The network lets nobody announce anything: then addresses have to be typed.
pub fn announce(events: &[Sid], listening: SocketAddr) -> Result<Announcement, mdns_sd::Error> {
    let daemon = ServiceDaemon::new()?;
    for event in events {
        let sid = event.to_string();
        let name = &sid[..16];
        let host = format!("{name}.local.");
        let properties = [("event", sid.as_str())];
        let every = listening.ip().is_unspecified();
        let address = if every { String::new() } else { listening.ip().to_string() };
        let service = ServiceInfo::new(SERVICE, name, &host, address.as_str(), listening.port(), &properties[..])?;
        daemon.register(if every { service.enable_addr_auto() } else { service })?;
    }
    Ok(Announcement { daemon })
}

/// Where the local network says that an event is served; nothing when nobody answers in time.
pub async fn find(event: Sid, within: Duration) -> Vec<SocketAddr> {
    let Ok(daemon) = ServiceDaemon::new() else { return Vec::new() };
    let found = match daemon.browse(SERVICE) {
        Ok(answers) => collect(event, within, answers).await,
        Err(_) => BTreeSet::new(),
    };
    let _ = daemon.shutdown();
    found.into_iter().collect()
}

async fn collect(event: Sid, within: Duration, answers: mdns_sd::Receiver<ServiceEvent>) -> BTreeSet<SocketAddr> {
    let (sid, mut found) = (event.to_string(), BTreeSet::new());
    let mut until = tokio::time::Instant::now() + within;
    while let Ok(Ok(answer)) = tokio::time::timeout_at(until, answers.recv_async()).await {
        let ServiceEvent::ServiceResolved(service) = answer else { continue };
        if service.get_property_val_str("event") != Some(&sid) {
            continue;
        }
        let addresses = service.get_addresses().iter().map(mdns_sd::ScopedIp::to_ip_addr);
        // A link-local address needs its interface named, which a plain address does not.
        let usable = addresses.filter(|ip| !matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local()));
        found.extend(usable.map(|ip| SocketAddr::new(ip, service.get_port())));
        if !found.is_empty() {
            until = until.min(tokio::time::Instant::now() + MORE_MILLISECONDS);
        }
    }
    found
}
