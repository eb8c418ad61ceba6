package dev.stele.spring.boot;

import dev.stele.AgentMemory;
import dev.stele.spring.ai.SteleSessionRepository;
import org.springframework.ai.session.SessionRepository;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of the session repository, in applications with the session API. */
@AutoConfiguration(after = SteleAutoConfiguration.class)
@ConditionalOnClass(SessionRepository.class)
public class SteleSessionAutoConfiguration {

    /** Returns the session repository. */
    @Bean
    @ConditionalOnBean(AgentMemory.class)
    @ConditionalOnMissingBean(SessionRepository.class)
    public SteleSessionRepository steleSessionRepository(AgentMemory memory) {
        return new SteleSessionRepository(memory);
    }
}
