//! The section `topics`: what grows, and how far.

use super::reader::Section;
use super::types::{LlmConfig, PromptStyle, RateLimitConfig, SampleNodes, TopicMode, TopicsConfig};

const MODES: &[(&str, TopicMode)] = &[("tree", TopicMode::Tree), ("graph", TopicMode::Graph)];
const STYLES: &[(&str, PromptStyle)] =
    &[("default", PromptStyle::Default), ("isolated", PromptStyle::Isolated), ("anchored", PromptStyle::Anchored)];
const NODES: &[(&str, SampleNodes)] = &[("leaves", SampleNodes::Leaves), ("all", SampleNodes::All)];

/// Reads the section, with the model and the limits that were resolved for it.
pub(super) fn read(section: &Section<'_>, llm: LlmConfig, rate_limit: RateLimitConfig) -> TopicsConfig {
    let mode = section.pick("mode", MODES).unwrap_or(TopicMode::Graph);
    TopicsConfig {
        prompt: section.required_text("prompt", "write what the dataset is about"),
        mode,
        system_prompt: section.text("system_prompt").unwrap_or_default().to_owned(),
        depth: size(section, "depth", mode, 10, 5).unwrap_or(2),
        degree: size(section, "degree", mode, 50, 10).unwrap_or(3),
        max_concurrent: section.integer("max_concurrent", 1, 20).unwrap_or(4),
        max_tokens: section.integer("max_tokens", 1, u32::MAX).unwrap_or(1000),
        prompt_style: prompt_style(section, mode),
        sample_nodes: sample_nodes(section, mode),
        save_as: section.filled_text("save_as").map(str::to_owned),
        rate_limit,
        llm,
    }
}

/// A depth or degree; graphs are kept smaller than trees.
fn size(section: &Section<'_>, key: &str, mode: TopicMode, most_in_tree: u32, most_in_graph: u32) -> Option<u32> {
    let size = section.integer(key, 1, most_in_tree)?;
    if mode == TopicMode::Graph && size > most_in_graph {
        let message = format!("must be from 1 to {most_in_graph} for a graph, not {size}");
        let remedy = format!("write `mode: tree` for up to {most_in_tree}, or a smaller {key}");
        section.error(key, &message, Some(&remedy));
        return None;
    }
    Some(size)
}

fn prompt_style(section: &Section<'_>, mode: TopicMode) -> PromptStyle {
    let style = section.pick("prompt_style", STYLES).unwrap_or(PromptStyle::Default);
    if mode == TopicMode::Tree && style != PromptStyle::Default {
        section.warning("prompt_style", "this key has no effect on a tree", Some("remove it, or write `mode: graph`"));
        return PromptStyle::Default;
    }
    style
}

fn sample_nodes(section: &Section<'_>, mode: TopicMode) -> SampleNodes {
    let nodes = section.pick("sample_nodes", NODES).unwrap_or(SampleNodes::Leaves);
    if mode == TopicMode::Tree && nodes == SampleNodes::All {
        let message = "\"all\" is for graphs: in a tree the leaves get the samples";
        section.error("sample_nodes", message, Some("write `sample_nodes: leaves`, or `mode: graph`"));
        return SampleNodes::Leaves;
    }
    nodes
}
